#include <breakerd/events/rules/conditions.hpp>

#include <algorithm>
#include <chrono>

#include <breakerd/events/rules/pause_reason.hpp>
#include <breakerd/events/rules/rollout.hpp>
#include <breakerd/events/rules/triage.hpp>

namespace breakerd {
namespace {

using Conditions = std::vector<Condition>;

Condition condition(ConditionKind kind, std::string detail, Deed deed, std::string ends_by) {
  Condition made;
  made.kind = kind;
  made.detail = std::move(detail);
  made.by = std::move(deed.by);
  made.since = deed.at;
  made.ends_by = std::move(ends_by);
  return made;
}

std::string attempts_text(std::uint32_t attempt, const JobRow& job) {
  return "attempt " + std::to_string(attempt) + " of " + std::to_string(job.max_attempts);
}

bool has_ended(const JobSituation& of) {
  return is_terminal(of.job.status) || (!of.in_default_lane() && is_terminal(of.lane.status));
}

std::string end_text(const JobSituation& of) {
  if (!is_terminal(of.job.status))
    return "its campaign is " + std::string{to_string(of.lane.status)} + " " + of.campaign.message;
  if (of.job.discarded) return "it had FAILED and was discarded";
  if (of.job.status == JobStatus::failed)
    return "it is FAILED after " + std::to_string(of.job.attempts) + " of " + std::to_string(of.job.max_attempts) +
           " attempts";
  if (of.job.status == JobStatus::expired) return "it is EXPIRED: nobody started it in time";
  return "it is " + std::string{to_string(of.job.status)};
}

void find_end(const JobSituation& of, Conditions& found) {
  if (!has_ended(of)) return;
  const bool stays = of.lane.status == CampaignStatus::failed || of.lane.status == CampaignStatus::cancelled;
  const bool may_be_retried = is_dead(of.job.status) && !stays;
  found.push_back(condition(ConditionKind::ended, end_text(of), of.ended, may_be_retried ? "retry" : ""));
}

void find_circuit(const JobSituation& of, Conditions& found) {
  if (of.breaker.state == CircuitState::open) {
    const std::string which = "the circuit is open, epoch " + std::to_string(of.breaker.epoch);
    found.push_back(condition(ConditionKind::circuit, which + ": " + of.breaker.opened_reason,
                              {of.breaker.opened_by, of.breaker.opened_at}, "close"));
    found.back().epoch = of.breaker.epoch;
  } else if (!of.gate_is_open) {
    found.push_back(condition(ConditionKind::circuit, std::string{gate_shut_reason}, {}, "breakerd"));
  }
}

/// A campaign that an operator has paused cannot be resumed under a hold either.
void find_holds(const JobSituation& of, Conditions& found) {
  const bool can_be_held = of.lane.status == CampaignStatus::running || of.lane.status == CampaignStatus::paused;
  if (of.in_default_lane() || !can_be_held) return;
  for (std::size_t i = of.queue.generation_of(of.lane.started); i < of.queue.holds.size(); ++i) {
    const Hold& hold = of.queue.holds[i];
    const bool is_circuits = hold.kind == HoldKind::circuit;
    found.push_back(condition(ConditionKind::hold, "its campaign is held: " + hold.cause,
                              {hold.principal, hold.placed_at},
                              is_circuits ? "resume-queue" : "resume-campaigns-for-service"));
    found.back().service = hold.service;
    found.back().campaign = of.job.campaign;
  }
}

std::string covered_text(const JobHold& hold) {
  std::string text = "jobs";
  if (!hold.job_type.empty()) text += " of type " + hold.job_type;
  if (!hold.service.empty()) text += " of service " + hold.service;
  if (!hold.campaign.is_nil()) text += " of its campaign";
  return text;
}

void find_job_holds(const JobSituation& of, Conditions& found) {
  if (of.job.status != JobStatus::pending) return;
  for (const JobHold& hold : of.queue.job_holds) {
    if (!hold.covers({of.job.job_type, of.job.service}, of.job.campaign)) continue;
    found.push_back(condition(ConditionKind::hold, covered_text(hold) + " are held: " + hold.reason,
                              {hold.principal, hold.placed_at}, "lift"));
    found.back().hold = hold.id;
    found.back().service = hold.service;
    found.back().campaign = hold.campaign;
  }
}

void find_campaign(const JobSituation& of, Conditions& found) {
  if (of.in_default_lane()) return;
  if (of.lane.status == CampaignStatus::created) {
    found.push_back(condition(ConditionKind::campaign, "its campaign is not started",
                              {of.campaign.created_by, of.campaign.created_at}, "start"));
  } else if (of.lane.status == CampaignStatus::paused) {
    found.push_back(
        condition(ConditionKind::campaign, "its campaign is paused " + of.campaign.message, of.paused, "resume"));
  } else {
    return;
  }
  found.back().campaign = of.job.campaign;
}

void find_plan(const JobSituation& of, Conditions& found) {
  if (of.plan == nullptr) return;
  const JobCommandRow& plan = *of.plan;
  const std::string which = "command " + std::to_string(plan.id) + ": " + plan.reason;
  if (of.job.is_parked()) {
    found.push_back(
        condition(ConditionKind::parked, "it was parked by " + which, {plan.principal, of.job.updated_at}, "release"));
  } else if (const PlanVerb verb = verb_of(plan, of.job); verb != PlanVerb::release) {
    found.push_back(
        condition(ConditionKind::parked,
                  std::string{"it is to be "} + (verb == PlanVerb::park ? "parked" : "cancelled") + " by " + which,
                  {plan.principal, plan.created_at}, "breakerd"));
  }
}

/// A parked one does, too.
bool waits_for(const JobRow& job, DueClock clock) {
  return job.status == JobStatus::pending && job.due.exists() && job.due.clock == clock;
}

void find_run_at(const JobSituation& of, Conditions& found) {
  if (!waits_for(of.job, DueClock::wall)) return;
  found.push_back(condition(ConditionKind::run_at, "it is not leased before its run_at",
                            {of.enqueued.by, of.job.created_at}, "time"));
  found.back().until = next_attempt_at(of.job, of.queue);
}

void find_retry(const JobSituation& of, Conditions& found) {
  if (!waits_for(of.job, DueClock::queue)) return;
  std::string text = attempts_text(of.job.attempts, of.job) + " has failed, and the next one comes after a delay";
  if (of.queue.paused) {
    const Duration left = std::max(of.job.due.at - of.queue.queue_time(of.now), Duration{0});
    const auto left_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    text += ": " + std::to_string(left_ms) + " ms of it are left, and it stands still while the queue is paused";
  }
  found.push_back(condition(ConditionKind::retry, std::move(text), {of.job.worker, of.job.updated_at}, "time"));
  found.back().until = next_attempt_at(of.job, of.queue);
}

void find_lease(const JobSituation& of, Conditions& found) {
  if (of.job.status != JobStatus::processing) return;
  // Nothing changes the row of a leased job between its lease and the lease's end.
  found.push_back(condition(ConditionKind::lease, "a worker is at " + attempts_text(of.job.attempts + 1, of.job),
                            {of.job.worker, of.job.updated_at}, "worker"));
  found.back().until = of.lease_expires_at;
}

void find_limits(const JobSituation& of, Conditions& found) {
  if (of.job.status != JobStatus::pending) return;
  for (const auto& [limit, use] : of.limits) {
    const bool is_full = limit.concurrency != 0 && use.in_flight >= limit.concurrency;
    const bool is_early = use.free_at > of.now;
    if (!is_full && !is_early) continue;
    const std::string kind = limit.of.kind == LimitKind::job_type ? "job type" : std::string{to_string(limit.of.kind)};
    std::string text = "the limit on " + kind + ' ' + limit.of.name + " is used up: ";
    if (is_full)
      text += std::to_string(use.in_flight) + " of " + std::to_string(limit.concurrency) + " leases are out";
    else
      text += "no more than " + decimal_text(limit.rate_thousandths) + " jobs per second are leased";
    found.push_back(
        condition(ConditionKind::limit, std::move(text), {limit.principal, limit.set_at}, is_full ? "worker" : "time"));
    if (!is_full) found.back().until = use.free_at;
    if (limit.of.kind == LimitKind::service) found.back().service = limit.of.name;
    if (limit.of.kind == LimitKind::campaign) found.back().campaign = of.job.campaign;
  }
}

std::string rate_text(const RolloutView& view) {
  return "the ramp of command " + std::to_string(view.rollout.command) + " lets " +
         decimal_text(view.rate_thousandths) + " jobs per second be leased, and the next one is not due";
}

std::string canary_text(const Rollout& rollout) {
  return "no other job is leased before " + std::to_string(rollout.canary) + " have succeeded (the canary of command " +
         std::to_string(rollout.command) + "): so far " + std::to_string(rollout.succeeded) + ", and " +
         std::to_string(rollout.in_flight.size()) + " with workers";
}

void find_rollout(const JobSituation& of, Conditions& found) {
  const Rollout& rollout = of.queue.rollout;
  if (of.job.status != JobStatus::pending || of.job.is_parked() || !rollout.exists()) return;
  const bool is_canary = rollout.phase == RolloutPhase::canary;
  if (is_canary ? canary_room(rollout) > 0 : of.ramp_free_at <= of.now) return;
  std::string text = is_canary ? canary_text(rollout) : rate_text(view_rollout(of.queue, of.now));
  found.push_back(condition(ConditionKind::limit, std::move(text),
                            {rollout.principal, is_canary ? rollout.began_at : rollout.ramp_began_at},
                            is_canary ? "worker" : "time"));
  if (!is_canary) found.back().until = of.ramp_free_at;
}

void find_lane(const JobSituation& of, Conditions& found) {
  const JobsAhead& ahead = of.ahead;
  if (of.job.status != JobStatus::pending || ahead.all == 0) return;
  const bool is_one = ahead.all == 1 && !ahead.are_more;
  const bool is_default = of.in_default_lane();
  std::string text = std::to_string(ahead.all) + (ahead.are_more ? " or more" : "") +
                     (is_one ? " ready job" : " ready jobs") + " of " + (is_default ? "no campaign" : "its campaign") +
                     (is_one ? " is" : " are") + " leased before it (" + std::to_string(ahead.of_its_type) +
                     " of its job type); jobs of " + (is_default ? "campaigns" : "other campaigns and of none") +
                     " are leased in turn with them";
  found.push_back(condition(ConditionKind::lane, std::move(text), {}, "leases"));
}

/// In the order of ConditionKind, but for the end, which excludes the others.
constexpr void (*finders[])(const JobSituation&, Conditions&) = {
    find_circuit, find_holds, find_job_holds, find_campaign, find_plan, find_run_at,
    find_retry,   find_lease, find_limits,    find_rollout,  find_lane};

}  // namespace

std::vector<Condition> conditions_of(const JobSituation& situation) {
  Conditions found;
  find_end(situation, found);
  if (!found.empty()) return found;
  for (const auto find : finders) find(situation, found);
  return found;
}

}  // namespace breakerd
