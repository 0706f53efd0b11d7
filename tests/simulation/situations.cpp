#include "tests/simulation/situations.hpp"

#include <array>
#include <set>
#include <utility>

namespace breakerd::simulation {
namespace {

/// What the events so far add up to, as far as situations depend on it.
class Reader {
 public:
  explicit Reader(const OnSituation& found) : found_{found} {}

  void operator()(const JobLeased& event) { leased_.insert(event.job); }
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
    leased_.erase(event.job);
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
  const OnSituation& found_;
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
  for (const Event& event : events) std::visit(reader, event.data);
}

void find_situations(std::string_view daemon_line, const OnSituation& found) {
  for (const auto& [part, situation] : lines)
    if (daemon_line.find(part) != std::string_view::npos) found(situation);
}

}  // namespace breakerd::simulation
