#pragma once
// The queue without actors, over a log in memory: verbs for what is asked of it, and the lag between deciding and
// committing in the test's hand.

#include <algorithm>
#include <deque>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/support/memory_log.hpp"
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

namespace breakerd::test {

class QueueStory {
 public:
  QueueStory() { must(core.load(now)); }

  // --- time and commits ---

  /// From here on turns are committed only by commit().
  void lag() { lagging_ = true; }

  /// Commits the oldest `count` submissions in one append.
  void commit(std::size_t count) {
    std::vector<Append> appends;
    for (std::size_t i = 0; i < count; ++i)
      for (const Append& append : waiting_[i].second) appends.push_back(append);
    for (const auto& kept : must(log.append(appends))) must(kept);
    if (count > 0) committed_ = waiting_[count - 1].first;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  void commit() { commit(waiting_.size()); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  /// The next commit fails; what was decided is thrown away and read again.
  void lose_the_disk() {
    log.fail_next(1);
    std::vector<Append> appends;
    for (const auto& [number, some] : waiting_) appends.insert(appends.end(), some.begin(), some.end());
    const bool wrote =
        std::any_of(appends.begin(), appends.end(), [](const Append& append) { return !append.events.empty(); });
    const auto answer = log.append(appends);
    if (wrote) REQUIRE(!answer);
    log.fail_next(0);
    must(log.reopen());
    restart();
  }
  /// The core is thrown away with everything that is not committed.
  void restart() {
    waiting_.clear();
    number_ = committed_ = last_step_ = 0;
    must(core.load(now));
    breaker_ = must(read_breaker(*must(log.view())));
  }

  void wait(std::chrono::milliseconds time) {
    now.steady += time;
    now.wall += time;
  }

  // --- what is asked ---

  /// Several commands in one turn.
  std::vector<Outcome> run_batch(std::vector<Command> commands) {
    begin();
    std::vector<Outcome> outcomes;
    for (Command& command : commands) {
      Op op{std::move(command), "alice", Reply{}, 0};
      core.decide(op, waiting_.back().second.emplace_back(), now);
      outcomes.push_back(std::move(op.outcome));
    }
    end();
    return outcomes;
  }
  Outcome ask(Command command) {
    std::vector<Command> one;
    one.push_back(std::move(command));
    return std::move(run_batch(std::move(one)).front());
  }
  template <class R>
  R get(Command command) {
    return std::get<R>(must(ask(std::move(command))));
  }
  ErrorCode refused(Command command) { return refusal(ask(std::move(command))); }

  static JobSpec job_of(LaneId lane = {}, std::string type = "mail") {
    JobSpec spec;
    spec.job_type = std::move(type);
    spec.campaign = lane;
    spec.payload = "1";
    spec.backoff = at_once();
    return spec;
  }
  JobId enqueue(LaneId lane = {}, std::string type = "mail") {
    return get<JobView>(EnqueueJob{job_of(lane, std::move(type))}).row.id;
  }
  EnqueuedBatch enqueue_many(std::size_t count, LaneId lane = {}, std::string type = "mail") {
    EnqueuedBatch all;
    for (std::size_t left = count; left > 0;) {
      const std::size_t some = std::min<std::size_t>(left, 1'000);
      const auto batch = get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(some, job_of(lane, type))});
      if (all.count == 0) all.first_id = batch.first_id;
      all.last_id = batch.last_id;
      all.count += batch.count;
      left -= some;
    }
    return all;
  }

  static LeaseJobs lease_command(std::uint32_t max = 1, std::vector<std::string> types = {},
                                 std::uint32_t lease_ms = 30'000) {
    return LeaseJobs{"worker-1", max, lease_ms, std::move(types)};
  }
  std::vector<LeasedJob> lease(std::uint32_t max = 1, std::vector<std::string> types = {},
                               std::uint32_t lease_ms = 30'000) {
    return get<LeaseAnswer>(lease_command(max, std::move(types), lease_ms)).jobs;
  }
  LeasedJob lease_one() {
    auto jobs = lease();
    REQUIRE(jobs.size() == 1);
    return std::move(jobs.front());
  }
  static std::vector<JobId> ids(const std::vector<LeasedJob>& jobs) {
    std::vector<JobId> ids;
    for (const LeasedJob& job : jobs) ids.push_back(job.job.row.id);
    return ids;
  }
  std::vector<JobId> lease_ids(std::uint32_t max, std::vector<std::string> types = {}) {
    return ids(lease(max, std::move(types)));
  }

  JobView complete(const LeasedJob& job) { return get<JobView>(CompleteJob{job.job.row.id, job.token, "2"}); }
  JobView release(const LeasedJob& job) { return get<JobView>(ReleaseJob{job.job.row.id, job.token}); }
  JobView fail(const LeasedJob& job) {
    return get<JobView>(FailJob{job.job.row.id, job.token, "no mailbox", "smtp", {}});
  }
  HeartbeatAnswer heartbeat(const LeasedJob& job) { return get<HeartbeatAnswer>(Heartbeat{job.job.row.id, job.token}); }
  JobView cancel(JobId job) { return get<JobView>(CancelJob{job, "not needed"}); }

  /// Returns what is over.
  void expire() {
    for (bool more = true; more;) {
      begin();
      more = core.expire(waiting_.back().second.emplace_back(), now);
      if (!waiting_.back().second.back().events.empty()) last_step_ = waiting_.back().first;
      end();
    }
  }
  /// The last step of expire() is not committed yet, and so the next one does nothing.
  [[nodiscard]] bool step_is_waiting() const { return last_step_ > committed_; }

  /// Ends jobs that nobody has started in time, and moves deadlines.
  void tell_queue_time() {
    begin();
    core.tell_queue_time(waiting_.back().second.emplace_back(), now);
    end();
  }

  void expire_jobs() {
    for (bool more = true; more;) {
      begin();
      more = core.expire_jobs(waiting_.back().second.emplace_back(), now);
      end();
    }
  }

  /// Makes ready what is due.
  void make_due() {
    for (bool more = true; more;) {
      begin();
      more = core.make_due(waiting_.back().second.emplace_back(), now);
      end();
    }
  }

  /// Runs of schedules that are due begin.
  void run_schedules() {
    for (bool more = true; more;) {
      begin();
      more = core.run_schedules(waiting_.back().second.emplace_back(), now);
      end();
    }
  }

  /// The ramp of a plan ends when its time is over.
  void end_rollout() {
    begin();
    core.end_rollout(waiting_.back().second.emplace_back(), now);
    end();
  }

  /// Goes on with commands about many jobs.
  bool advance_one_step() {
    begin();
    const bool more = core.advance_commands(waiting_.back().second.emplace_back(), now);
    end();
    return more;
  }
  void advance() {
    for (Seq before = 0; before != log.head().seq;) {
      before = log.head().seq;
      advance_one_step();
      advance_one_step();  // the step before is known to be committed now
    }
  }

  // --- the circuit, holds and campaigns ---

  BreakerEffect apply(EventData event, std::optional<FailJob> report = {}) {
    return apply(BreakerChange{std::move(event), "alice", std::move(report)});
  }
  BreakerEffect apply(const BreakerChange& change) {
    begin();
    auto effect = core.apply(change, waiting_.back().second.emplace_back(), now);
    end();
    const EventData& event = change.event;
    if (const auto* opened = std::get_if<CircuitOpened>(&event)) evolve(breaker_, *opened, "alice", now.wall);
    if (const auto* failure = std::get_if<FailureRecorded>(&event)) evolve(breaker_, *failure, "alice", now.wall);
    if (const auto* again = std::get_if<OpeningReaffirmed>(&event)) evolve(breaker_, *again, "alice", now.wall);
    if (const auto* closed = std::get_if<CircuitClosed>(&event)) evolve(breaker_, *closed, "alice", now.wall);
    return must(std::move(effect));
  }
  BreakerEffect open(const std::string& service = "apollo") {
    return apply(decide(breaker_, RecordFailure{"429", "http", service, 0, {}}, InFlight::stop));
  }
  /// By hand; of an open circuit, once more.
  BreakerEffect open(InFlight in_flight) {
    return apply(decide(breaker_, OpenCircuit{"maintenance", {}, in_flight}, InFlight::stop));
  }
  /// A worker reports a failure of a service.
  BreakerEffect report(const LeasedJob& job, const std::string& service = "apollo") {
    return report(FailJob{job.job.row.id, job.token, "429", "http", service});
  }
  BreakerEffect report(const FailJob& report) {
    return apply(decide(breaker_, RecordFailure{report.error, report.error_type, report.service, report.job, {}},
                        InFlight::stop),
                 report);
  }
  BreakerEffect close() { return apply(must(decide(breaker_, CloseCircuit{"it is back", std::nullopt})).value()); }
  HoldsAnswer resume_queue() { return get<HoldsAnswer>(ResumeQueue{}); }
  HoldsAnswer hold(const std::string& service) { return get<HoldsAnswer>(PauseCampaignsForService{service, "slow"}); }
  HoldsAnswer lift(const std::string& service) { return get<HoldsAnswer>(ResumeCampaignsForService{service}); }

  CampaignId create() { return create_many(1).front(); }
  /// All in one turn.
  std::vector<CampaignId> create_many(std::size_t count) {
    std::vector<CampaignId> ids;
    begin();
    for (std::size_t i = 0; i < count; ++i) {
      CampaignId id = campaign_id(0);
      id.bytes[14] = static_cast<std::uint8_t>(++campaigns_ >> 8);
      id.bytes[15] = static_cast<std::uint8_t>(campaigns_);
      must(core.create(id, {"spring", {}, {}}, "alice", waiting_.back().second.emplace_back(), now));
      ids.push_back(id);
    }
    end();
    return ids;
  }
  Result<CampaignEffect> try_change(const CampaignId& id, CampaignAction action) {
    begin();
    auto effect = core.change({id, std::move(action)}, "alice", waiting_.back().second.emplace_back(), now);
    end();
    return effect;
  }
  LaneRow change(const CampaignId& id, CampaignAction action) { return must(try_change(id, std::move(action))).lane; }
  CampaignId running() {
    const CampaignId id = create();
    change(id, StartCampaign{});
    return id;
  }

  // --- what is in the log ---

  [[nodiscard]] std::unique_ptr<ReadView> view() const { return must(log.view()); }
  [[nodiscard]] JobView job(JobId id) const { return must(read_job(*view(), id)); }
  [[nodiscard]] CampaignView campaign(const CampaignId& id) const { return must(read_campaign(*view(), id)); }
  [[nodiscard]] JobCounts counts() const { return must(read_status(*view())).jobs; }
  /// The types of the last `count` events.
  [[nodiscard]] std::vector<std::string> last_events(std::size_t count) const {
    std::vector<std::string> types;
    const auto all = view();
    const Seq last = log.head().seq;
    for (Seq seq = last - count + 1; seq <= last; ++seq)
      types.emplace_back(type_name(must(read_event(*all, seq)).event.data));
    return types;
  }

  MemoryLog log;
  LeaseTimes lease_times;
  QueueCore core{log, lease_times, machine_randomness()};
  Moment now{at(0), SteadyTime{std::chrono::hours{1}}};
  LateCommit late;  ///< what the log says of its last commit that took long

 private:
  void begin() {
    core.begin_turn(now, ++number_, committed_, late);
    waiting_.emplace_back(number_, std::vector<Append>{});
  }
  void end() {
    core.end_turn();
    REQUIRE_FALSE(core.is_broken());
    if (!lagging_) commit();
  }

  bool lagging_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t last_step_ = 0;  ///< the submission of the last one of expire() that ended a lease
  std::deque<std::pair<std::uint64_t, std::vector<Append>>> waiting_;
  BreakerState breaker_;
  std::size_t campaigns_ = 0;
};

}  // namespace breakerd::test
