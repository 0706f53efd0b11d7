#include "tests/simulation/situations.hpp"

#include <array>
#include <map>
#include <set>
#include <utility>

namespace breakerd::simulation {
namespace {

/// What the events so far add up to, as far as situations depend on it.
class Reader {
 public:
  explicit Reader(const OnSituation& found) : found_{found} {}

  void at(Time time) {
    now_ = time;
    ++place_;
  }
  void operator()(const JobEnqueued& event) { jobs_[event.job] = {event.spec, now_}; }
  void operator()(const JobLeased& event) {
    leased_.insert(event.job);
    if (in_canary_ && ++drawn_ > canary_) found_("a job of a canary did not succeed, and another one was drawn");
    if (came_back_.contains(event.job) && is_wanted(event.job))
      found_("a job that had a worker when a plan began came back, and was leased");
  }
  void operator()(const JobReleased& event) { leased_.erase(event.job); }
  void operator()(const JobReturned& event) { leased_.erase(event.job); }
  void operator()(const JobCompleted& event) {
    if (may_finish_.erase(event.job) > 0) found_("a job was completed that an opening had let finish");
    ended_.insert(event.job);
    leased_.erase(event.job);
  }
  void operator()(const JobLeaseExpired& event) {
    found_("a lease expired");
    leased_.erase(event.job);
  }
  void operator()(const JobFailed& event) {
    const char* const own = event.no_retry ? "a worker gave a job up" : "a job's attempts were used up";
    found_(event.error_type == "lease_expired" ? "a job ended by its expiries" : own);
    ended_.insert(event.job);
    leased_.erase(event.job);
  }
  void operator()(const JobAttemptFailed& event) {
    if (event.delay_ms > 0) delayed_.insert(event.job);
    leased_.erase(event.job);
  }
  void operator()(const JobsDue& event) {
    for (const JobId job : event.jobs) {
      if (ended_.contains(job))
        found_("a job that had ended let go of its unique key");
      else
        found_(delayed_.erase(job) > 0 ? "a delay between attempts was over" : "a run_at came");
    }
  }
  void operator()(const JobCancelled& event) {
    if (event.reason.starts_with("replaced by job ")) found_("a job replaced another one with its unique key");
    if (parked_.erase(event.job) > 0) found_("a parked job was cancelled");
    leased_.erase(event.job);
  }
  void operator()(const JobParked& event) {
    found_("a plan parked a job");
    parked_[event.job] = now_;
  }
  void operator()(const JobUnparked& event) {
    found_("a parked job was released");
    parked_.erase(event.job);
    const auto job = jobs_.find(event.job);
    if (job != jobs_.end() && job->second.spec->expires_at != no_time && job->second.spec->expires_at < now_)
      found_("a job was parked for longer than it had to be started");
  }
  void operator()(const JobCommandStarted& event) {
    if (event.kind != JobCommandKind::plan) return;
    if (stopped_at_ != 0 && stopped_at_ + 1 == place_) found_("a plan took the place of another one");
    plan_ = event.command;
    in_canary_ = event.canary > 0;
    canary_ = event.canary;
    drawn_ = 0;
    next_ = 0;
    actions_ = event.actions;
    came_back_ = leased_;
  }
  void operator()(const JobCommandAdvanced& event) {
    if (plan_ != event.command) return;
    if (event.done > event.parked) found_("a plan cancelled a job");
    if (event.done > 0 && event.next == next_) found_("a lease met a job of a plan");
    next_ = event.next;
  }
  void operator()(const JobCommandEnded& event) {
    if (plan_ != event.command) return;
    plan_ = 0;
    came_back_.clear();
    if (!event.stopped) return;
    found_("a plan was stopped");
    stopped_at_ = place_;
  }
  void operator()(const CanaryPassed& event) {
    found_(event.succeeded >= canary_ ? "a canary passed" : "a canary passed with no job left to draw");
    in_canary_ = false;
  }
  void operator()(const RolloutEnded& event) {
    if (event.end == RolloutEnd::opened && in_canary_) found_("a canary was ended by an opening");
    if (event.end == RolloutEnd::done) found_("a ramp ended by its time");
    if (event.end == RolloutEnd::stopped && !in_canary_) found_("a ramp was stopped");
    if (event.end == RolloutEnd::replaced) found_("a newer plan took the place of a rollout");
    in_canary_ = false;
  }
  void operator()(const JobRetried& event) {
    if (event.deadline != no_time) found_("a job that had expired was retried");
    ended_.erase(event.job);
  }
  void operator()(const JobExpired& event) {
    found_("a job expired");
    ended_.insert(event.job);
  }
  void operator()(const DeadlinesMoved&) { found_("a deadline moved, because its job was held"); }
  void operator()(const ScheduleRan& event) {
    found_(event.by_hand ? "a schedule was run by hand" : "a run of a schedule was due");
  }
  void operator()(const ScheduleSkipped&) { found_("a run of a schedule was left out"); }
  void operator()(const ScheduleResumed& event) {
    if (event.reason.starts_with("the clock or the zone was changed")) found_("a schedule was given an earlier time");
  }
  void operator()(const QueueTimeSet&) { found_("the wall clock was set, and the log tells queue time"); }
  void operator()(const CampaignStarted& event) { running_.insert(event.campaign); }
  void operator()(const CampaignCompleted& event) { running_.erase(event.campaign); }
  void operator()(const CampaignCancelled& event) { running_.erase(event.campaign); }
  void operator()(const CircuitOpened& event) {
    in_flight_ = event.in_flight;
    may_finish_ = in_flight_ == InFlight::finish ? leased_ : std::set<JobId>{};
    if (plan_ != 0) found_("an opening while a plan ran");
    if (!leased_.empty()) found_("a lease was in flight at an opening");
    if (!running_.empty()) found_("a campaign was held by the circuit");
    if (!delayed_.empty()) found_("a delay stood still in an opening");
  }
  void operator()(const OpeningReaffirmed& event) {
    if (event.in_flight == in_flight_ || leased_.empty()) return;
    in_flight_ = event.in_flight;
    const bool finish = in_flight_ == InFlight::finish;
    found_(finish ? "jobs that were told to stop might finish after all"
                  : "jobs that might finish were told to stop after all");
  }
  void operator()(const CircuitClosed&) { may_finish_.clear(); }
  void operator()(const FailureRecorded&) { found_("a failure was recorded while open"); }
  void operator()(const auto&) {}

 private:
  struct Known {
    JobSpecPtr spec;
    Time enqueued{};
  };

  /// The plan that runs would not have released it.
  bool is_wanted(JobId id) const {
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return false;
    const JobSpec& job = *found->second.spec;
    for (const PlanAction& action : actions_)
      if ((action.campaign.is_nil() || action.campaign == job.campaign) &&
          (action.job_type.empty() || action.job_type == job.job_type) &&
          (action.service.empty() || action.service == job.service) &&
          (action.enqueued_by == no_time || found->second.enqueued <= action.enqueued_by))
        return action.verb != PlanVerb::release;
    return false;
  }

  const OnSituation& found_;
  Time now_{};
  std::map<JobId, Known> jobs_;
  std::map<JobId, Time> parked_;  ///< since then
  JobCommandId plan_ = 0;         ///< that runs; 0: none
  JobId next_ = 0;                ///< its place
  std::vector<PlanAction> actions_;
  bool in_canary_ = false;
  std::size_t canary_ = 0;      ///< its jobs
  std::size_t drawn_ = 0;       ///< leases since its beginning
  std::set<JobId> came_back_;   ///< had a worker when it began
  std::size_t place_ = 0;       ///< of the event at hand
  std::size_t stopped_at_ = 0;  ///< of the last event that has stopped a plan
  std::set<JobId> leased_;
  std::set<JobId> may_finish_;
  InFlight in_flight_ = InFlight::stop;
  std::set<JobId> delayed_;
  std::set<JobId> ended_;
  std::set<CampaignId> running_;
};

constexpr std::array<std::pair<std::string_view, const char*>, 4> lines{{
    {"storage is back by itself", "storage recovered by itself"},
    {"the run before ended in storage trouble", "a start found storage trouble of the run before"},
    {"the disk hangs", "a commit hung"},
    {"is in the log already", "a repeat was answered from its operation id"},
}};

}  // namespace

void find_situations(const std::vector<Event>& events, const OnSituation& found) {
  Reader reader{found};
  for (const Event& event : events) {
    reader.at(event.time);
    std::visit(reader, event.data);
  }
}

void find_situations(std::string_view daemon_line, const OnSituation& found) {
  for (const auto& [part, situation] : lines)
    if (daemon_line.find(part) != std::string_view::npos) found(situation);
}

}  // namespace breakerd::simulation
