#include <breakerd/events/rules/fold.hpp>

#include <algorithm>
#include <functional>
#include <utility>

#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/rules/campaign_move.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/job_holds.hpp>
#include <breakerd/events/rules/job_types.hpp>
#include <breakerd/events/rules/lease_limits.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/events/rules/schedules.hpp>
#include <breakerd/events/rules/triage.hpp>
#include <breakerd/events/rules/unique_keys.hpp>

namespace breakerd {
namespace {

using Next = FollowUp::Next;

class Folder {
 public:
  Folder(RowAccess& rows, Seq seq, const Event& event)
      : rows_{rows}, seq_{seq}, event_{event}, expected_{std::exchange(rows.follow_up(), {})} {}

  /// Whether it stands where such an event must stand, whatever the rows say.
  [[nodiscard]] Result<void> check_place() const {
    if (may_follow(expected_, event_.data)) return {};
    return misfit("the event before, behind which comes " + describe(expected_));
  }

  Result<void> operator()(const CircuitOpened& e) {
    BreakerState& breaker = rows_.breaker();
    if (breaker.state == CircuitState::open || e.epoch != breaker.epoch + 1) return misfit("the circuit");
    evolve(breaker, e, event_.principal, event_.time);
    rows_.follow_up() = {Next::queue_paused, {}, e.job};
    return {};
  }
  Result<void> operator()(const FailureRecorded& e) {
    if (!is_open(e.epoch)) return misfit("the circuit");
    evolve(rows_.breaker(), e, event_.principal, event_.time);
    rows_.follow_up().reported_by = e.job;
    return {};
  }
  Result<void> operator()(const OpeningReaffirmed& e) {
    if (!is_open(e.epoch)) return misfit("the circuit");
    if (lets_runs_go_on(rows_.breaker(), e)) rows_.queue().resumed_at = event_.time;
    evolve(rows_.breaker(), e, event_.principal, event_.time);
    return {};
  }
  Result<void> operator()(const CircuitClosed& e) {
    BreakerState& breaker = rows_.breaker();
    if (!is_open(e.epoch)) return misfit("the circuit");
    evolve(breaker, e, event_.principal, event_.time);
    rows_.follow_up().next = Next::queue_resumed;
    return {};
  }

  Result<void> operator()(const QueuePaused& e) {
    rows_.follow_up() = {Next::circuit_hold, {}, expected_.reported_by};
    return change_queue(e, !rows_.queue().paused && is_open(e.epoch));
  }
  Result<void> operator()(const QueueResumed& e) {
    const BreakerState& breaker = rows_.breaker();
    rows_.queue().resumed_at = event_.time;
    return change_queue(e, rows_.queue().paused && breaker.state == CircuitState::closed && e.epoch == breaker.epoch);
  }
  Result<void> operator()(const HoldsLifted& e) {
    rows_.queue().resumed_at = event_.time;
    return change_queue(e, !rows_.queue().paused && ascend(e.ordinals) && are_living(e.ordinals));
  }
  Result<void> operator()(const HoldPlaced& e) {
    if (e.ordinal <= rows_.queue().last_ordinal) return misfit("the order of holds");
    evolve(rows_.queue(), e, event_.principal, event_.time);
    if (e.kind == HoldKind::circuit)
      rows_.follow_up() = {rows_.queue().rollout.exists() ? Next::rollout_ended : Next::any, {}, expected_.reported_by};
    return {};
  }

  Result<void> operator()(const JobHoldPlaced& e) {
    if (!e.campaign.is_nil())
      if (auto ok = check_campaign(e.campaign); !ok) return ok;
    if (!fits(rows_.queue(), e)) return misfit("the holds on jobs");
    evolve(rows_.queue(), e, event_.principal, event_.time);
    return {};
  }
  Result<void> operator()(const JobHoldLifted& e) { return change_queue(e, fits(rows_.queue(), e)); }

  Result<void> operator()(const LeaseLimitSet& e) {
    if (e.kind == LimitKind::campaign)
      if (auto ok = check_campaign(campaign_of({e.kind, e.name})); !ok) return ok;
    if (!fits(rows_.limits(), e)) return misfit("the limits on leases");
    evolve(rows_.limits(), e, event_.principal, event_.time);
    return {};
  }
  Result<void> operator()(const LeaseLimitRemoved& e) {
    if (!fits(rows_.limits(), e)) return misfit("the limits on leases");
    evolve(rows_.limits(), e);
    return {};
  }

  /// Of settings, schedules, commands about many jobs and other rows that nothing else depends on.
  template <class E>
  requires requires(RowAccess& rows, const E& e, const Event& whole) { evolve_rows(rows, e, whole); }
  Result<void> operator()(const E& e) {
    if constexpr (std::is_same_v<E, RolloutEnded>) rows_.follow_up().reported_by = expected_.reported_by;
    auto follows = evolve_rows(rows_, e, event_);
    if (!follows) return follows.error();
    return *follows ? Result<void>{} : misfit("what is there of that name or number");
  }

  Result<void> operator()(const RequestAnswered& e) {
    const bool is_answer = !e.answer.request.is_nil() && e.answer.status >= 200 && e.answer.status < 500;
    return is_answer ? Result<void>{} : misfit("the answer to a request");
  }

  Result<void> operator()(const JobsDue& e) {
    if (e.jobs.empty()) return misfit("a time that comes for some job");
    for (const JobId id : e.jobs)
      if (auto ok = make_ready(id); !ok) return ok;
    return {};
  }

  Result<void> operator()(const DeadlinesMoved& e) {
    if (e.jobs.empty() || rows_.queue().paused) return misfit("deadlines that come");
    for (const JobId id : e.jobs)
      if (auto ok = move_deadline(id, e.counted); !ok) return ok;
    return {};
  }

  Result<void> operator()(const QueueTimeSet& e) {
    QueueState& queue = rows_.queue();
    if (e.queue_time == no_time) return misfit("queue time, of which it says nothing");
    set_queue_time(queue, e.queue_time, event_.time);
    return {};
  }

  Result<void> operator()(const JobParked& e) {
    auto plan = running_plan();
    if (!plan) return plan.error();
    auto ok = change_job(e, [&](const JobRow& row, const LaneRow&) {
      return *plan != nullptr && (*plan)->id == e.command && verb_of(**plan, row) == PlanVerb::park;
    });
    if (!ok) return ok;
    auto job = rows_.job(e.job);
    if (!job) return job.error();
    (*job)->parked.since = rows_.queue().queue_time(event_.time);
    return {};
  }
  Result<void> operator()(const JobUnparked& e) {
    auto job = rows_.job(e.job);
    if (!job) return job.error();
    if (*job == nullptr || !(*job)->is_parked()) return misfit("a job that is parked");
    auto lane = rows_.lane((*job)->campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    count_parked_time(**job, **lane, rows_.queue(), rows_.queue().queue_time(event_.time));
    return change_job(e, [](const JobRow& row, const LaneRow&) { return row.is_parked(); });
  }

  Result<void> operator()(const CampaignCreated& e) {
    auto known = rows_.lane(e.campaign);
    if (!known) return known.error();
    if (*known != nullptr) return misfit("a campaign that exists");
    rows_.add_campaign(e.campaign, new_campaign(e, event_.principal, seq_, event_.time), new_lane(e));
    add_campaign(rows_.queue());
    return {};
  }
  Result<void> operator()(const CampaignUpdated& e) {
    return change_campaign(e.campaign, [&](LaneRow& lane) {
      lane.weight = e.weight.value_or(lane.weight);
      return true;
    });
  }
  Result<void> operator()(const CampaignSealed& e) {
    return change_campaign(e.campaign, [&](LaneRow& lane) {
      if (is_terminal(lane.status) || lane.sealed) return false;
      lane.sealed = true;
      require_completion(e.campaign, lane);
      return true;
    });
  }
  Result<void> operator()(const CampaignReopened& e) {
    return change_campaign(e.campaign, [&](LaneRow& lane) {
      if (lane.status != CampaignStatus::completed) return false;
      const bool was_started = lane.started != 0;  // jobs of one that was not may have EXPIRED
      move_campaign(rows_.queue(), lane, was_started ? CampaignStatus::running : CampaignStatus::created, 0);
      rows_.follow_up() = {Next::job_retried, e.campaign};
      return true;
    });
  }
  template <class E>
  requires(move_of<E>.to != no_status) Result<void>
  operator()(const E& e) {
    return change_campaign(e.campaign, [&](LaneRow& lane) {
      if (is_terminal(lane.status) || (move_of<E>.from != no_status && lane.status != move_of<E>.from)) return false;
      Ordinal ordinal = 0;
      if constexpr (requires { e.ordinal; }) {
        ordinal = e.ordinal;
        if (rows_.queue().paused || ordinal <= rows_.queue().last_ordinal) return false;
      }
      const Time queue_now = rows_.queue().queue_time(event_.time);
      if constexpr (std::is_same_v<E, CampaignPaused>) lane.paused_since = queue_now;
      if constexpr (std::is_same_v<E, CampaignResumed>) remember_pause(lane, rows_.queue(), queue_now);
      move_campaign(rows_.queue(), lane, move_of<E>.to, ordinal);
      if constexpr (is_terminal(move_of<E>.to)) note_end(rows_.queue().rollout, e.campaign);
      if constexpr (std::is_same_v<E, CampaignResumed>) rows_.queue().resumed_at = event_.time;
      return true;
    });
  }

  Result<void> operator()(const JobEnqueued& e) {
    QueueState& queue = rows_.queue();
    auto lane = rows_.lane(e.spec->campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr || (*lane)->sealed || is_terminal((*lane)->status)) return misfit("its campaign");
    if (e.job != queue.last_job + 1) return misfit("the numbers of jobs");
    const JobRow row = new_job(e, seq_, event_.time);
    if (auto ok = take_key(row); !ok) return ok;
    queue.last_job = e.job;
    move_job(queue, **lane, std::nullopt, row);
    rows_.add_job(row);
    return {};
  }
  Result<void> operator()(const JobLeased& e) {
    auto plan = running_plan();
    if (!plan) return plan.error();
    auto ok = change_job(e, [&](const JobRow& row, const LaneRow& lane) {
      if (*plan != nullptr && verb_of(**plan, row) != PlanVerb::release) return false;
      return row.is_ready() && e.attempt == row.attempts + 1 && rows_.breaker().state == CircuitState::closed &&
             is_served(rows_.queue(), lane, row.campaign.is_nil()) && !has_hold_on(row) &&
             canary_room(rows_.queue().rollout) > 0;
    });
    if (ok) note_lease(rows_.queue().rollout, e.job, e.campaign);
    return ok;
  }
  Result<void> operator()(const JobCancelled& e) {
    if (e.discarded) return change_failed_job(e);
    return change_job(e, [](const JobRow& row, const LaneRow&) { return !is_terminal(row.status); });
  }
  Result<void> operator()(const JobRetried& e) {
    auto ok = change_job(e, [&](const JobRow& row, const LaneRow&) {
      return is_dead(row.status) && (row.status == JobStatus::expired) == (e.deadline != no_time);
    });
    if (!ok) return ok;
    auto job = rows_.job(e.job);
    return job ? take_key(**job) : job.error();
  }
  Result<void> operator()(const JobExpired& e) {
    return change_job(e, [&](const JobRow& row, const LaneRow& lane) {
      return row.deadline.exists() && !rows_.queue().paused && !is_held(JobContext{row, lane, rows_.queue()});
    });
  }
  Result<void> operator()(const JobAttemptFailed& e) {
    if (e.due != no_time) set_queue_time(rows_.queue(), e.due - std::chrono::milliseconds{e.delay_ms}, event_.time);
    return end_lease(e, [&](const JobContext& job) {
      return e.attempt == job.row.attempts + 1 && e.attempt < job.row.max_attempts &&
             (e.delay_ms > 0) == (e.due != no_time);
    });
  }
  Result<void> operator()(const JobFailed& e) {
    return end_lease(e, [&](const JobContext& job) {
      if (!e.expired) return e.attempt == job.row.attempts + 1 && (e.attempt >= job.row.max_attempts) != e.no_retry;
      return !e.no_retry && e.attempt == job.row.attempts && can_count_expiry(job) &&
             job.row.expiries_counted >= job.row.max_expiries;
    });
  }
  Result<void> operator()(const JobReturned& e) {
    if (expected_.reported_by != e.job) return misfit("the event before, which is no failure that names this job");
    return end_lease(e, [](const JobContext&) { return true; });
  }
  Result<void> operator()(const JobCompleted& e) {
    return end_lease(e, [](const JobContext&) { return true; });
  }
  Result<void> operator()(const JobReleased& e) {
    return end_lease(e, [](const JobContext&) { return true; });
  }
  Result<void> operator()(const JobLeaseExpired& e) {
    return end_lease(e, [&](const JobContext& job) {
      return !e.counted || (can_count_expiry(job) && job.row.expiries_counted < job.row.max_expiries);
    });
  }

 private:
  /// null when none runs.
  [[nodiscard]] Result<const JobCommandRow*> running_plan() {
    const JobCommandId id = rows_.queue().plan;
    if (id == 0) return nullptr;
    auto row = rows_.job_command(id);
    if (!row) return row.error();
    if (*row == nullptr) return misfit("a plan that does not exist");
    return *row;
  }

  [[nodiscard]] Result<void> check_campaign(const CampaignId& id) {
    auto lane = rows_.lane(id);
    if (!lane) return lane.error();
    if (id.is_nil() || *lane == nullptr) return misfit("a campaign that does not exist");
    return {};
  }

  [[nodiscard]] bool has_hold_on(const JobRow& row) const {
    const QueueState& queue = rows_.queue();
    return !queue.job_holds.empty() && queue.job_hold_on({row.job_type, row.service}, row.campaign) != nullptr;
  }

  [[nodiscard]] bool is_open(Epoch epoch) const {
    return rows_.breaker().state == CircuitState::open && rows_.breaker().epoch == epoch;
  }

  /// Each one above the one before.
  static bool ascend(const std::vector<Ordinal>& ordinals) {
    return std::adjacent_find(ordinals.begin(), ordinals.end(), std::greater_equal<>{}) == ordinals.end();
  }

  [[nodiscard]] bool are_living(const std::vector<Ordinal>& ordinals) const {
    const std::vector<Hold>& holds = rows_.queue().holds;
    const auto is_living = [&](Ordinal ordinal) {
      return std::any_of(holds.begin(), holds.end(), [&](const Hold& hold) { return hold.ordinal == ordinal; });
    };
    return !ordinals.empty() && std::all_of(ordinals.begin(), ordinals.end(), is_living);
  }

  template <class E>
  Result<void> change_queue(const E& e, bool allowed) {
    if (!allowed) return misfit("the queue");
    if constexpr (requires { evolve(rows_.queue(), e, event_.time); })
      evolve(rows_.queue(), e, event_.time);
    else
      evolve(rows_.queue(), e);
    return {};
  }

  Result<void> change_campaign(const CampaignId& id, auto change_lane) {
    if (id.is_nil()) return misfit("the lane of no campaign");
    auto lane = rows_.lane(id);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    if (!change_lane(**lane)) return misfit("the state of its campaign");
    ++(*lane)->version;
    auto row = rows_.campaign(id);
    if (!row) return row.error();
    if (*row == nullptr) return misfit("a campaign that does not exist");
    evolve(**row, event_.data, event_.principal, event_.time);
    (*row)->last = seq_;
    return {};
  }

  /// A sealed campaign completes with the event that leaves nothing to end in it.
  void require_completion(const CampaignId& id, const LaneRow& lane) {
    if (decide_completion(id, lane)) rows_.follow_up() = {Next::campaign_completed, id};
  }

  /// A job of a campaign that has ended is counted nowhere any more.
  Result<void> make_ready(JobId id) {
    auto job = rows_.job(id);
    if (!job) return job.error();
    if (*job == nullptr || !(*job)->due.exists()) return misfit("a job that waits for its time");
    JobRow& row = **job;
    if (is_terminal(row.status)) {
      row.due = {};
      return let_go_of_key(row);
    }
    auto lane = rows_.lane(row.campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    const JobPlace before = place_of(row);
    row.due = {};
    if (!is_terminal((*lane)->status)) move_job(rows_.queue(), **lane, before, row);
    return {};
  }

  Result<void> move_deadline(JobId id, Time counted) {
    auto job = rows_.job(id);
    if (!job) return job.error();
    if (*job == nullptr || !(*job)->deadline.exists()) return misfit("a job that has a deadline");
    auto lane = rows_.lane((*job)->campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    breakerd::move_deadline(**job, **lane, rows_.queue(), counted);
    return {};
  }

  /// Nobody else may hold it.
  Result<void> take_key(const JobRow& row) {
    if (row.unique_key.empty()) return {};
    auto id = rows_.key_holder(row.unique_key);
    if (!id) return id.error();
    if (*id != 0 && *id != row.id) {
      auto holder = rows_.job(*id);
      if (!holder) return holder.error();
      if (*holder == nullptr) return misfit("a job that does not exist, and holds its unique key");
      auto lane = rows_.lane((*holder)->campaign);
      if (!lane) return lane.error();
      if (*lane == nullptr || keeps_key(**holder, **lane)) return misfit("the unique key, which another job holds");
    }
    rows_.set_key_holder(row.unique_key, row.id);
    return {};
  }

  /// If it is the job's still: the job may have FAILED, and another one taken the key since.
  Result<void> let_go_of_key(const JobRow& row) {
    if (row.unique_key.empty()) return {};
    auto id = rows_.key_holder(row.unique_key);
    if (!id) return id.error();
    if (*id == row.id) rows_.set_key_holder(row.unique_key, 0);
    return {};
  }

  /// The job has ended.
  Result<void> end_key(JobRow& row) {
    if (!keeps_key_behind_end(row, event_.time)) return let_go_of_key(row);
    row.due = {row.unique_until, DueClock::wall};
    return {};
  }

  /// It stays ended, and so does its campaign, if that has.
  Result<void> change_failed_job(const JobCancelled& e) {
    auto job = rows_.job(e.job);
    if (!job) return job.error();
    if (*job == nullptr || (*job)->campaign != e.campaign || !is_dead((*job)->status))
      return misfit("a job that has FAILED or EXPIRED");
    JobRow& row = **job;
    auto lane = rows_.lane(row.campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    const JobPlace before = place_of(row);
    evolve(row, e, event_.time);
    row.last = row.finished = seq_;
    move_job(rows_.queue(), **lane, before, row);
    return end_key(row);
  }

  template <class E>
  Result<void> end_lease(const E& e, auto allowed) {
    return change_job(e, [&](const JobRow& row, const LaneRow& lane) {
      return row.status == JobStatus::processing && allowed(JobContext{row, lane, rows_.queue()});
    });
  }

  template <class E>
  Result<void> change_job(const E& e, auto allowed) {
    auto job = rows_.job(e.job);
    if (!job) return job.error();
    if (*job == nullptr || (*job)->campaign != e.campaign) return misfit("a job that does not exist");
    JobRow& row = **job;
    auto lane = rows_.lane(row.campaign);
    if (!lane) return lane.error();
    if (*lane == nullptr) return misfit("a campaign that does not exist");
    const bool lane_ended = !row.campaign.is_nil() && is_terminal((*lane)->status);
    if (lane_ended || !allowed(row, **lane)) return misfit("the state of its job");
    const JobPlace before = place_of(row);
    if constexpr (requires { e.error_type; }) remember_failure(row, seq_);
    evolve(row, e, event_.time);
    const bool waits_anew = row.status == JobStatus::pending && before != place_of(row) && !row.parked.exists();
    if (waits_anew) row.waits_since = rows_.queue().last_job_command;
    row.last = seq_;
    if (is_terminal(row.status)) row.finished = seq_;
    move_job(rows_.queue(), **lane, before, row);
    if (before.status == JobStatus::processing)
      note_end(rows_.queue().rollout, row.id, row.status == JobStatus::completed);
    if (!is_terminal(row.status)) return {};
    require_completion(row.campaign, **lane);
    return end_key(row);
  }

  Error misfit(const std::string& what) const {
    return make_error(ErrorCode::misfit, "event " + std::to_string(seq_) + ", " + std::string{type_name(event_.data)} +
                                             " of " + stream_of(event_.data).to_string() + ", does not fit " + what);
  }

  RowAccess& rows_;
  Seq seq_;
  const Event& event_;
  FollowUp expected_;
};

}  // namespace

Result<void> fold(RowAccess& rows, Seq seq, const Event& event) {
  Folder folder{rows, seq, event};
  if (auto ok = folder.check_place(); !ok) return ok.error();
  return std::visit(folder, event.data);
}

}  // namespace breakerd
