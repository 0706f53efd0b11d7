#include <breakerd/events/rules/check_operator.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/check_job.hpp>
#include <breakerd/events/rules/cron.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd {
namespace {

/// In thousandths.
void check_rate(Checker& checker, std::string_view field, std::uint64_t rate) {
  if (rate == 0 || rate > 1'000 * limits::lease_limit_rate_max)
    checker.refuse(field, "a number from 0.001 to " + std::to_string(limits::lease_limit_rate_max));
}

void check(Checker& checker, const Ramp& ramp) {
  check_rate(checker, "plan.ramp.from_per_second", ramp.from_thousandths);
  check_rate(checker, "plan.ramp.to_per_second", ramp.to_thousandths);
  checker.range("plan.ramp.over_ms", ramp.over_ms, 1, limits::ramp_over_ms_max);
}

void check(Checker& checker, std::optional<Plan>& plan) {
  if (!plan) return;
  if (plan->actions.size() > limits::plan_actions_max)
    return checker.too_many("plan.actions", "at most " + std::to_string(limits::plan_actions_max) + " actions");
  if (plan->canary) checker.range("plan.canary", *plan->canary, 1, limits::canary_jobs_max);
  if (plan->ramp) check(checker, *plan->ramp);
  for (std::size_t i = 0; i < plan->actions.size(); ++i) {
    PlanAction& action = plan->actions[i];
    const std::string field = "plan.actions[" + std::to_string(i) + "].";
    if (action.older_than_ms) checker.range(field + "older_than_ms", *action.older_than_ms, 0, limits::delay_ms_max);
    checker.label(field + "job_type", action.job_type, 0, limits::job_type_bytes_max);
    checker.service(field + "service", action.service, false);
  }
}

void check_cron(Checker& checker, const std::string& cron) {
  const auto read = parse_cron(cron);
  if (read) return;
  const FieldError& error = read.error().fields.front();
  checker.refuse("cron", error.field == "cron" ? error.expected : "as its " + error.field + " " + error.expected);
}

void check_every(Checker& checker, std::uint64_t every_ms) {
  checker.range("every_ms", every_ms, limits::every_ms_min, limits::every_ms_max);
}

void check_time_zone(Checker& checker, const std::string& zone) {
  checker.label("time_zone", zone, 1, limits::time_zone_bytes_max);
}

/// The job of a schedule. Its times and its unique key are those of the run.
void check_scheduled(Checker& checker, JobSpec& job) {
  checker.set_prefix("job.");
  check(checker, job, "retry.max_attempts");
  checker.json("payload", job.payload, limits::schedule_payload_bytes_max);
  if (job.run_at != no_time || job.delay_ms > 0) checker.refuse("run_at", "nothing: the schedule says when");
  if (job.expires_at != no_time) checker.refuse("expires_at", "nothing: expires_in_ms counts from each run");
  if (!job.unique_key.empty()) checker.refuse("unique_key", "nothing: each run has a key of its own");
  checker.set_prefix({});
}

}  // namespace

void check(Checker& checker, OpenCircuit& command) {
  checker.reason(command.reason);
  checker.service("service", command.service, false);
}

void check(Checker& checker, CloseCircuit& command) {
  checker.reason(command.reason);
  check(checker, command.plan);
}

void check(Checker& checker, ResumeQueue& command) {
  checker.reason(command.reason);
  check(checker, command.plan);
}

void check(Checker& checker, StopRollout& command) { checker.reason(command.reason); }

void check(Checker& checker, PlaceJobHold& command) {
  checker.label("job_type", command.job_type, 0, limits::job_type_bytes_max);
  checker.service("service", command.service, false);
  if (command.job_type.empty() && command.service.empty() && command.campaign.is_nil())
    checker.refuse("service", "a service, a job_type, a campaign_id, or several of them");
  checker.reason(command.reason);
}

void check(Checker& checker, SetLeaseLimit& command) {
  const bool is_limit = command.concurrency || command.rate_thousandths;
  if (!is_limit) checker.refuse("concurrency", "a concurrency, a rate_per_second, or both");
  if (command.of.kind == LimitKind::service) checker.service("name", command.of.name, true);
  if (command.of.kind == LimitKind::job_type) checker.label("name", command.of.name, 1, limits::job_type_bytes_max);
  if (command.concurrency) checker.range("concurrency", *command.concurrency, 1, limits::lease_limit_concurrency_max);
  if (command.rate_thousandths) check_rate(checker, "rate_per_second", *command.rate_thousandths);
  if (command.burst && !command.rate_thousandths && is_limit)
    checker.refuse("burst", "nothing without a rate_per_second");
  if (command.burst) checker.range("burst", *command.burst, 1, limits::lease_limit_burst_max);
  checker.reason(command.reason);
}

void check(Checker& checker, RemoveLeaseLimit& command) {
  if (command.of.kind == LimitKind::service) fold_case(command.of.name);
  checker.reason(command.reason);
}

void check(Checker& checker, LiftJobHold& command) { checker.reason(command.reason); }

void check(Checker& checker, SetJobType& command) {
  const JobTypeSettings& settings = command.settings;
  checker.label("job_type", command.job_type, 1, limits::job_type_bytes_max);
  if (!settings.any()) checker.refuse("retry", "at least one of retry, timeout_ms and max_expiries");
  if (settings.max_attempts) checker.range("retry.max_attempts", *settings.max_attempts, 1, limits::max_attempts_max);
  if (settings.backoff) check(checker, *settings.backoff);
  check_bounds(checker, settings.max_expiries, settings.timeout_ms);
  checker.reason(command.reason);
}

void check(Checker& checker, RemoveJobType& command) { checker.reason(command.reason); }

void check(Checker& checker, CreateSchedule& command) {
  SchedulePlan& plan = command.plan;
  checker.label("name", plan.name, 1, limits::schedule_name_bytes_max);
  if (plan.cron.empty() == (plan.every_ms == 0)) {
    checker.refuse("cron", "either a cron expression or every_ms");
  } else if (plan.cron.empty()) {
    check_every(checker, plan.every_ms);
    if (!plan.time_zone.empty()) checker.refuse("time_zone", "nothing: every_ms has no zone");
  } else {
    check_cron(checker, plan.cron);
    if (!plan.time_zone.empty()) check_time_zone(checker, plan.time_zone);
  }
  check_scheduled(checker, plan.job);
  checker.reason(command.reason);
}

void check(Checker& checker, ChangeSchedule& command) {
  if (command.name) checker.label("name", *command.name, 1, limits::schedule_name_bytes_max);
  if (command.cron && command.every_ms) checker.refuse("cron", "either a cron expression or every_ms");
  if (command.cron) check_cron(checker, *command.cron);
  if (command.every_ms) check_every(checker, *command.every_ms);
  if (command.time_zone && command.every_ms) checker.refuse("time_zone", "nothing: every_ms has no zone");
  if (command.time_zone) check_time_zone(checker, *command.time_zone);
  if (command.new_job) check_scheduled(checker, *command.new_job);
  if (!command.name && !command.cron && !command.every_ms && !command.time_zone && !command.missed && !command.new_job)
    checker.refuse("name", "at least one of name, cron, time_zone, every_ms, missed and job");
  checker.reason(command.reason);
}

void check(Checker& checker, RemoveSchedule& command) { checker.reason(command.reason); }

void check(Checker& checker, PauseSchedule& command) { checker.reason(command.reason); }

void check(Checker& checker, ResumeSchedule& command) { checker.reason(command.reason); }

void check(Checker& /*checker*/, RunSchedule& /*command*/) {}

void check(Checker& checker, PauseCampaignsForService& command) {
  checker.service("service", command.service, true);
  checker.reason(command.reason);
}

void check(Checker& checker, ResumeCampaignsForService& command) {
  checker.service("service", command.service, true);
  checker.reason(command.reason);
}

}  // namespace breakerd
