#pragma once
// The rules of plans (model/triage.hpp) and of the jobs that they park. Pure.

#include <optional>
#include <string>

#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/triage.hpp>

namespace breakerd {

/// Whether any job may be kept from workers by these actions.
[[nodiscard]] bool keeps_any(const std::vector<PlanAction>& actions);

/// With the ages as times, counted from `now`.
[[nodiscard]] std::vector<PlanAction> fix_ages(const Plan& plan, Time now);

/// What the first of these actions that matches says; release when none does. Ages are fixed.
[[nodiscard]] PlanVerb verb_of(const std::vector<PlanAction>& actions, const JobRow& row);

/// What the plan does with the job: park or cancel it before any worker has it; release when the plan is not about it
/// or lets it go. A plan is about jobs that waited when it began and have waited since: not one that had a worker then,
/// and none that was retried or released from being parked later. That the job's campaign may have ended is not looked
/// at.
[[nodiscard]] PlanVerb verb_of(const JobCommandRow& plan, const JobRow& row);

/// `now` is wall time.
[[nodiscard]] JobCommandStarted decide_plan(const QueueState& queue, const Plan& plan, const std::string& reason,
                                            Time now);

/// Whether a command about parked jobs is about this one.
[[nodiscard]] bool matches_parked(const FailedJobs& filter, const JobRow& row);

void evolve(JobRow& row, const JobParked& event, Time time);
void evolve(JobRow& row, const JobUnparked& event, Time time);

/// Why a parked job reads PAUSED.
[[nodiscard]] std::string parked_reason(const Parked& parked);

}  // namespace breakerd
