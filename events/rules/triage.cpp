#include <breakerd/events/rules/triage.hpp>

#include <algorithm>
#include <chrono>

namespace breakerd {
namespace {

bool matches(const PlanAction& action, const JobRow& row) {
  if (action.enqueued_by != no_time && row.created_at > action.enqueued_by) return false;
  if (!action.campaign.is_nil() && row.campaign != action.campaign) return false;
  if (!action.job_type.empty() && row.job_type != action.job_type) return false;
  return action.service.empty() || row.service == action.service;
}

}  // namespace

bool keeps_any(const std::vector<PlanAction>& actions) {
  return std::any_of(actions.begin(), actions.end(),
                     [](const PlanAction& action) { return action.verb != PlanVerb::release; });
}

std::vector<PlanAction> fix_ages(const Plan& plan, Time now) {
  std::vector<PlanAction> actions = plan.actions;
  for (PlanAction& action : actions) {
    if (action.older_than_ms) action.enqueued_by = now - std::chrono::milliseconds{*action.older_than_ms};
    action.older_than_ms.reset();
  }
  return actions;
}

PlanVerb verb_of(const std::vector<PlanAction>& actions, const JobRow& row) {
  const auto first =
      std::find_if(actions.begin(), actions.end(), [&](const PlanAction& action) { return matches(action, row); });
  return first == actions.end() ? PlanVerb::release : first->verb;
}

PlanVerb verb_of(const JobCommandRow& plan, const JobRow& row) {
  const bool is_about =
      row.status == JobStatus::pending && !row.parked.exists() && row.id <= plan.last && row.waits_since < plan.id;
  return is_about ? verb_of(plan.actions, row) : PlanVerb::release;
}

JobCommandStarted decide_plan(const QueueState& queue, const Plan& plan, const std::string& reason, Time now) {
  JobCommandStarted started;
  started.command = queue.last_job_command + 1;
  started.kind = JobCommandKind::plan;
  started.reason = reason;
  started.last_job = queue.last_job;
  started.actions = fix_ages(plan, now);
  started.canary = plan.canary.value_or(0);
  if (plan.ramp) started.ramp = *plan.ramp;
  return started;
}

bool matches_parked(const FailedJobs& filter, const JobRow& row) {
  if (!row.is_parked()) return false;
  if (!filter.campaign.is_nil() && row.campaign != filter.campaign) return false;
  if (!filter.job_type.empty() && row.job_type != filter.job_type) return false;
  if (!filter.service.empty() && row.service != filter.service) return false;
  if (filter.ended_by != no_time && row.created_at > filter.ended_by) return false;
  return filter.ids.empty() || std::binary_search(filter.ids.begin(), filter.ids.end(), row.id);
}

void evolve(JobRow& row, const JobParked& event, Time time) {
  row.parked = {event.command, no_time};
  row.updated_at = time;
}

void evolve(JobRow& row, const JobUnparked&, Time time) {
  row.parked = {};
  row.updated_at = time;
}

std::string parked_reason(const Parked& parked) { return "parked: by command " + std::to_string(parked.command); }

}  // namespace breakerd
