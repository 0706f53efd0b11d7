#include <breakerd/events/rules/invariants.hpp>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {
namespace {

template <class Sum>
std::uint64_t sum_of(const auto& all, Sum part) {
  return std::accumulate(all.begin(), all.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const auto& one) { return sum + part(one); });
}

template <class E>
std::uint64_t count_of(std::span<const Event> events) {
  return static_cast<std::uint64_t>(std::count_if(
      events.begin(), events.end(), [](const Event& event) { return std::holds_alternative<E>(event.data); }));
}

bool is_circuit_hold(const Hold& hold) { return hold.kind == HoldKind::circuit; }

// --- the whole ---

constexpr Invariant<Whole> of_whole[] = {
    {"paused_while_open", "the queue is paused exactly while the circuit is OPEN",
     [](const Whole& at) { return at.queue.paused == (at.breaker.state == CircuitState::open); }},
    {"epoch_counts_openings", "the epoch is 0 before the first opening, and only then has the circuit never been OPEN",
     [](const Whole& at) {
       const bool never = at.breaker.epoch == 0;
       return never == (at.breaker.opened_at == no_time) && (!never || at.breaker.state == CircuitState::closed);
     }},
    {"closed_by_somebody", "a circuit that is CLOSED after an opening was closed by somebody, an OPEN one by nobody",
     [](const Whole& at) {
       const bool was_closed = at.breaker.state == CircuitState::closed && at.breaker.epoch > 0;
       return was_closed ? at.breaker.closed_at != no_time : at.breaker.closed_by.empty();
     }},
    {"failures_have_evidence", "there is a latest failure exactly when failures are counted",
     [](const Whole& at) {
       return (at.breaker.failures > 0) == at.breaker.last_failure.exists() &&
              (at.breaker.failures > 0 || !at.breaker.opened_by_failure.exists());
     }},
    {"generations_between_holds", "there is one generation of campaigns more than there are holds",
     [](const Whole& at) { return at.queue.generations.size() == at.queue.holds.size() + 1; }},
    {"every_job_counts_once", "the counts of jobs add up to the number of the last job",
     [](const Whole& at) { return at.queue.job_counts().total() == at.queue.last_job; }},
    {"scheduled_are_pending", "no more jobs wait for their time, or are parked, than are PENDING",
     [](const Whole& at) {
       const auto fits = [](const LiveJobs& jobs) { return jobs.scheduled + jobs.parked <= jobs.pending; };
       return fits(at.queue.default_lane) && fits(at.queue.created) && fits(at.queue.operator_paused) &&
              std::all_of(at.queue.generations.begin(), at.queue.generations.end(),
                          [&](const Generation& one) { return fits(one.jobs); });
     }},
    {"schedules_within_bounds", "no more schedules are there than may be, nor than were created",
     [](const Whole& at) {
       return at.queue.schedules <= limits::schedules_max && at.queue.schedules <= at.queue.last_schedule;
     }},
    {"plan_is_a_command", "the plan that runs is a command that was started",
     [](const Whole& at) { return at.queue.plan <= at.queue.last_job_command; }},
    {"canary_within_bounds", "no more jobs of a canary have a worker, or have succeeded, than it may have",
     [](const Whole& at) {
       const Rollout& rollout = at.queue.rollout;
       return rollout.phase != RolloutPhase::canary || rollout.succeeded + rollout.in_flight.size() <= rollout.canary;
     }},
    {"rollout_while_closed",
     "there is a rollout only while the circuit is CLOSED, and it is of a plan that was started",
     [](const Whole& at) {
       const Rollout& rollout = at.queue.rollout;
       return !rollout.exists() ||
              (at.breaker.state == CircuitState::closed && rollout.command <= at.queue.last_job_command);
     }},
    {"job_types_within_bounds", "no more job types have settings than may have",
     [](const Whole& at) { return at.queue.job_types <= limits::job_types_max; }},
    {"generations_have_the_campaigns", "the generations have all campaigns that are RUNNING or paused by hand",
     [](const Whole& at) {
       const auto kept = [&](CampaignStatus status) { return at.queue.campaigns[static_cast<std::size_t>(status)]; };
       return sum_of(at.queue.generations, [](const Generation& one) { return one.campaigns; }) ==
                  kept(CampaignStatus::running) &&
              sum_of(at.queue.generations, [](const Generation& one) { return one.paused_by_hand; }) ==
                  kept(CampaignStatus::paused);
     }},
};

// --- the holds ---

constexpr Invariant<Holds> of_holds[] = {
    {"holds_ascend", "holds are in the order in which they were placed",
     [](const Holds& at) {
       const auto& holds = at.queue.holds;
       return std::adjacent_find(holds.begin(), holds.end(),
                                 [](const Hold& one, const Hold& next) { return one.ordinal >= next.ordinal; }) ==
                  holds.end() &&
              at.queue.newest_hold() <= at.queue.last_ordinal;
     }},
    {"one_hold_each", "the circuit has one hold at most, and so has each service; an OPEN circuit has one",
     [](const Holds& at) {
       std::vector<std::pair<HoldKind, std::string_view>> whose;
       for (const Hold& hold : at.queue.holds)
         whose.emplace_back(hold.kind, is_circuit_hold(hold) ? std::string_view{} : std::string_view{hold.service});
       std::sort(whose.begin(), whose.end());
       return std::adjacent_find(whose.begin(), whose.end()) == whose.end() &&
              (at.breaker.state == CircuitState::closed ||
               (!whose.empty() && whose.front().first == HoldKind::circuit));
     }},
    {"job_holds_ascend", "holds on jobs are in the order in which they were placed",
     [](const Holds& at) {
       const auto& holds = at.queue.job_holds;
       return std::adjacent_find(holds.begin(), holds.end(),
                                 [](const JobHold& one, const JobHold& next) { return one.id >= next.id; }) ==
                  holds.end() &&
              (holds.empty() || holds.back().id <= at.queue.last_job_hold);
     }},
    {"one_job_hold_each", "no two holds on jobs are on the same jobs, and each is on some",
     [](const Holds& at) {
       std::vector<std::pair<CampaignId, JobClass>> covered;
       for (const JobHold& hold : at.queue.job_holds)
         covered.emplace_back(hold.campaign, JobClass{hold.job_type, hold.service});
       std::sort(covered.begin(), covered.end());
       return std::adjacent_find(covered.begin(), covered.end()) == covered.end() &&
              (covered.empty() || covered.front() != std::pair<CampaignId, JobClass>{});
     }},
};

// --- a job ---

constexpr Invariant<JobRow> of_job[] = {
    {"attempts_within_bounds", "a job has no more attempts than it may have",
     [](const JobRow& job) { return job.attempts <= job.max_attempts; }},
    {"expiries_within_bounds",
     "no more expiries count than there were, and than may count; the one beyond ends the job",
     [](const JobRow& job) {
       const std::uint64_t beyond = is_dead(job.status) || job.discarded ? 1 : 0;
       return job.expiries_counted <= job.expiries && job.expiries_counted <= job.max_expiries + beyond;
     }},
    {"processing_has_a_lease", "a job that is PROCESSING has a lease with a token",
     [](const JobRow& job) {
       return job.status != JobStatus::processing || (job.lease_ms > 0 && job.token != TokenDigest{});
     }},
    {"ended_has_an_end", "a job has a last event and a time at which it ended exactly when it has ended",
     [](const JobRow& job) {
       const bool ended = is_terminal(job.status);
       return ended == (job.finished != 0) && ended == (job.finished_at != Time{}) && job.finished <= job.last;
     }},
    {"due_has_a_reason",
     "only a PENDING job waits for its time, and only one that has ended and was not CANCELLED for the end of its "
     "unique key",
     [](const JobRow& job) {
       const bool may_keep_key =
           job.unique_until != no_time && is_terminal(job.status) && job.status != JobStatus::cancelled;
       return job.status == JobStatus::pending || !job.due.exists() || may_keep_key;
     }},
    {"deadline_before_the_start",
     "only a PENDING job that was never started has a deadline, and only one with a lifetime",
     [](const JobRow& job) {
       const bool may_expire = job.status == JobStatus::pending && job.started_at == no_time && job.lifetime_ms > 0;
       return !job.deadline.exists() || may_expire;
     }},
    {"parked_waits", "only a PENDING job is parked, and since a time",
     [](const JobRow& job) {
       return !job.parked.exists() || (job.status == JobStatus::pending && job.parked.since != no_time);
     }},
    {"key_period_has_a_key", "only a job with a unique key keeps one for a time",
     [](const JobRow& job) { return job.unique_until == no_time || !job.unique_key.empty(); }},
    {"failures_are_remembered_in_order", "a job remembers its last failures in their order, each behind its lease",
     [](const JobRow& job) {
       Seq before = job.enqueued;
       for (const PastFailure& one : job.failures) {
         if (one.leased <= before || one.failed <= one.leased || one.failed > job.last) return false;
         before = one.failed;
       }
       return job.failures.size() <= limits::job_errors_max;
     }},
    {"first_event_first", "a job's latest event is not before its first",
     [](const JobRow& job) { return job.id != 0 && job.enqueued != 0 && job.enqueued <= job.last; }},
};

// --- a lane ---

constexpr Invariant<LaneOf> of_lane[] = {
    {"classes_add_up", "the classes of a lane are in order, and their jobs are its PENDING ones",
     [](const LaneOf& lane) {
       const auto& classes = lane.row.classes;
       const auto pending = [](const ClassCount& one) { return one.ready + one.scheduled + one.parked; };
       return std::adjacent_find(classes.begin(), classes.end(),
                                 [](const ClassCount& one, const ClassCount& next) { return one.of >= next.of; }) ==
                  classes.end() &&
              std::all_of(classes.begin(), classes.end(), [&](const ClassCount& one) { return pending(one) > 0; }) &&
              sum_of(classes, pending) == lane.row.count(JobStatus::pending);
     }},
    {"ended_campaign_has_no_live_jobs", "a campaign that has ended has no job that has not",
     [](const LaneOf& lane) { return !is_terminal(lane.row.status) || lane.row.live_jobs() == 0; }},
    {"sealed_campaign_completes", "a sealed campaign without a job left to end has ended",
     [](const LaneOf& lane) { return !lane.row.sealed || lane.row.live_jobs() > 0 || is_terminal(lane.row.status); }},
    {"started_campaign_has_its_place", "a campaign that runs or is paused has the place of its start",
     [](const LaneOf& lane) {
       const bool runs = lane.row.status == CampaignStatus::running || lane.row.status == CampaignStatus::paused;
       return lane.is_default || !runs || lane.row.started > 0;
     }},
    {"lane_has_turns", "a lane has at least one turn in each round",
     [](const LaneOf& lane) { return lane.row.weight > 0; }},
    {"default_lane_stays_open", "the lane of the jobs without a campaign always runs and is never sealed",
     [](const LaneOf& lane) {
       return !lane.is_default || (lane.row.status == CampaignStatus::running && !lane.row.sealed);
     }},
};

// --- a step ---

constexpr Invariant<Step> of_step[] = {
    {"no_lease_while_open", "no job is leased between an opening and the next close",
     [](const Step& step) {
       bool is_open = step.before.is_open;
       for (const Event& event : step.events) {
         if (std::holds_alternative<CircuitOpened>(event.data)) is_open = true;
         if (std::holds_alternative<CircuitClosed>(event.data)) is_open = false;
         if (is_open && std::holds_alternative<JobLeased>(event.data)) return false;
       }
       return is_open == step.after.is_open;
     }},
    {"epoch_grows_with_openings", "the epoch grows by the number of openings",
     [](const Step& step) { return step.after.epoch - step.before.epoch == count_of<CircuitOpened>(step.events); }},
    {"opening_is_whole", "an opening pauses the queue and holds the campaigns, and a close resumes the queue",
     [](const Step& step) {
       const auto opened = count_of<CircuitOpened>(step.events);
       const auto held =
           static_cast<std::uint64_t>(std::count_if(step.events.begin(), step.events.end(), [](const Event& event) {
             const auto* hold = std::get_if<HoldPlaced>(&event.data);
             return hold != nullptr && hold->kind == HoldKind::circuit;
           }));
       return count_of<QueuePaused>(step.events) == opened && held == opened &&
              count_of<QueueResumed>(step.events) == count_of<CircuitClosed>(step.events);
     }},
    {"failures_are_counted", "each failure of an opening counts once, and an opening begins to count anew",
     [](const Step& step) {
       std::uint64_t failures = step.before.failures;
       for (const Event& event : step.events) {
         if (const auto* opened = std::get_if<CircuitOpened>(&event.data)) failures = opened->by_hand ? 0 : 1;
         if (std::holds_alternative<FailureRecorded>(event.data)) ++failures;
       }
       return failures == step.after.failures;
     }},
    {"newest_choice_holds", "what becomes of runs in flight is what the latest opening says, or a later reaffirmation",
     [](const Step& step) {
       InFlight in_flight = step.before.in_flight;
       for (const Event& event : step.events) {
         if (const auto* opened = std::get_if<CircuitOpened>(&event.data)) in_flight = opened->in_flight;
         if (const auto* again = std::get_if<OpeningReaffirmed>(&event.data)) in_flight = again->in_flight;
       }
       return in_flight == step.after.in_flight;
     }},
    {"jobs_are_numbered", "the number of the last job grows by the jobs that are enqueued",
     [](const Step& step) { return step.after.last_job - step.before.last_job == count_of<JobEnqueued>(step.events); }},
    {"campaigns_are_counted", "there are as many campaigns more as were created",
     [](const Step& step) {
       return step.after.campaigns - step.before.campaigns == count_of<CampaignCreated>(step.events);
     }},
    {"ordinals_grow", "the last place in the order of starts and holds is the highest one given",
     [](const Step& step) {
       Ordinal last = step.before.last_ordinal;
       for (const Event& event : step.events)
         std::visit(
             [&]<class E>(const E& data) {
               if constexpr (requires { data.ordinal; }) last = std::max(last, data.ordinal);
             },
             event.data);
       return last == step.after.last_ordinal;
     }},
};

template <class State>
Result<void> check_all(std::span<const Invariant<State>> invariants, const State& state) {
  const auto broken = std::find_if(invariants.begin(), invariants.end(),
                                   [&](const Invariant<State>& one) { return !one.holds(state); });
  if (broken == invariants.end()) return {};
  return make_error(ErrorCode::corrupt,
                    "it does not hold that " + std::string{broken->sentence} + " (" + std::string{broken->name} + ")");
}

}  // namespace

Marks marks_of(const Whole& whole) {
  return {whole.breaker.state == CircuitState::open,
          whole.breaker.epoch,
          whole.breaker.failures,
          whole.breaker.in_flight,
          whole.queue.last_job,
          whole.queue.last_ordinal,
          sum_of(whole.queue.campaigns, [](std::uint64_t count) { return count; })};
}

std::span<const Invariant<Whole>> whole_invariants() { return of_whole; }
std::span<const Invariant<Holds>> hold_invariants() { return of_holds; }
std::span<const Invariant<JobRow>> job_invariants() { return of_job; }
std::span<const Invariant<LaneOf>> lane_invariants() { return of_lane; }
std::span<const Invariant<Step>> step_invariants() { return of_step; }

Result<void> check(const Whole& whole) { return check_all(whole_invariants(), whole); }
Result<void> check(const Holds& holds) { return check_all(hold_invariants(), holds); }
Result<void> check(const JobRow& job) { return check_all(job_invariants(), job); }
Result<void> check(const LaneOf& lane) { return check_all(lane_invariants(), lane); }
Result<void> check(const Step& step) { return check_all(step_invariants(), step); }

}  // namespace breakerd
