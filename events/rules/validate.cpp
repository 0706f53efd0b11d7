#include <breakerd/events/rules/validate.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/events/rules/cron.hpp>

namespace breakerd {
namespace {

/// A label that is refused is repeated up to this length.
constexpr std::size_t label_bytes_shown = 256;

/// The end of the year 9999, behind which times cannot be written.
constexpr Time time_max{std::chrono::seconds{253'402'300'800} - std::chrono::microseconds{1}};

/// Of a failure whose reporter named none.
constexpr std::string_view unknown_error_type = "unknown";

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string up_to_bytes(std::size_t from, std::size_t bytes_max) {
  return std::to_string(from) + " to " + std::to_string(bytes_max) + " bytes of text without control characters";
}

/// Collects what is wrong with one command.
class Checker {
 public:
  void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

  void refuse(std::string_view field, std::string expected) {
    fields_.push_back({prefix_ + std::string{field}, std::move(expected)});
  }

  /// A name-like text.
  void label(std::string_view field, const std::string& text, std::size_t bytes_min, std::size_t bytes_max) {
    if (text.size() < bytes_min || text.size() > bytes_max || !is_utf8(text) || has_control(text)) {
      refuse(field, up_to_bytes(bytes_min, bytes_max));
    }
  }

  /// Text of any characters.
  void prose(std::string_view field, const std::string& text, std::size_t bytes_max) {
    if (text.size() > bytes_max || !is_utf8(text))
      refuse(field, "at most " + std::to_string(bytes_max) + " bytes of UTF-8 text");
  }

  /// Why something was done: an empty one is recorded as not given.
  void reason(std::string& text) {
    if (text.empty()) text = no_reason;
    prose("reason", text, limits::reason_bytes_max);
  }

  void service(std::string_view field, std::string& name, bool required) {
    fold_case(name);
    if (name.empty() ? required : !is_service_name(name)) refuse(field, std::string{service_expected});
  }

  void range(std::string_view field, std::uint64_t value, std::uint64_t low, std::uint64_t high) {
    if (value < low || value > high) {
      refuse(field, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    }
  }

  /// JSON text: only its size is looked at here.
  void json(std::string_view field, const std::string& text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return;
    too_large_ = true;
    refuse(field, "at most " + std::to_string(bytes_max) + " bytes of JSON");
  }

  void too_many(std::string_view field, std::string expected) {
    too_large_ = true;
    refuse(field, std::move(expected));
  }

  void name_of_campaign(const std::string& name) {
    const auto points = code_points(name);
    if (points < 1 || points > limits::campaign_name_chars_max || !is_utf8(name) || has_control(name)) {
      refuse("name",
             "1 to " + std::to_string(limits::campaign_name_chars_max) + " characters without control characters");
    }
  }

  [[nodiscard]] bool ok() const { return fields_.empty(); }

  [[nodiscard]] Result<void> result() {
    if (ok()) return {};
    Error error{too_large_ ? ErrorCode::limit : ErrorCode::invalid, {}, std::move(fields_), {}};
    error.detail = error.fields.front().field + ": expected " + error.fields.front().expected;
    if (error.fields.size() > 1) error.detail += " (and " + std::to_string(error.fields.size() - 1) + " more)";
    return error;
  }

 private:
  std::string prefix_;
  std::vector<FieldError> fields_;
  bool too_large_ = false;
};

/// "0 to 604800000".
std::string retry_delay_range() { return "0 to " + std::to_string(limits::retry_delay_ms_max); }

void check(Checker& checker, const Backoff& backoff) {
  const std::string place = "retry.backoff.";
  checker.range(place + "base_ms", backoff.base_ms, 0, limits::retry_delay_ms_max);
  checker.range(place + "max_ms", backoff.max_ms, 0, limits::retry_delay_ms_max);
  checker.range(place + "factor", backoff.factor, 1, limits::backoff_factor_max);
  const auto& delays = backoff.delays_ms;
  const bool are_in_range = std::all_of(delays.begin(), delays.end(),
                                        [](std::uint32_t delay) { return delay <= limits::retry_delay_ms_max; });
  const bool is_list = backoff.kind == BackoffKind::list;
  if (is_list ? delays.empty() || delays.size() > limits::backoff_delays_max || !are_in_range : !delays.empty())
    checker.refuse(place + "delays_ms", is_list ? "1 to " + std::to_string(limits::backoff_delays_max) +
                                                      " whole numbers from " + retry_delay_range()
                                                : "nothing: only kind \"list\" has one");
}

/// When the job is run, and in which order.
void check_order(Checker& checker, const JobSpec& spec) {
  if (spec.priority < limits::priority_min || spec.priority > limits::priority_max)
    checker.refuse("priority", "a whole number from " + std::to_string(limits::priority_min) + " to " +
                                   std::to_string(limits::priority_max));
  if (spec.run_at < no_time || spec.run_at > time_max) checker.refuse("run_at", "a time from 1970 to 9999");
  checker.range("delay_ms", spec.delay_ms, 0, limits::delay_ms_max);
  if (spec.delay_ms > 0 && spec.run_at != no_time) checker.refuse("delay_ms", "one of run_at and delay_ms, not both");
  if (spec.expires_at < no_time || spec.expires_at > time_max) checker.refuse("expires_at", "a time from 1970 to 9999");
  checker.range("expires_in_ms", spec.expires_in_ms, 0, limits::expires_in_ms_max);
  if (spec.expires_in_ms > 0 && spec.expires_at != no_time)
    checker.refuse("expires_in_ms", "one of expires_at and expires_in_ms, not both");
  if (spec.expires_in_ms > 0 && spec.expires_in_ms <= spec.delay_ms)
    checker.refuse("expires_in_ms", "more than delay_ms");
  if (spec.backoff) check(checker, *spec.backoff);
}

void check_unique(Checker& checker, const JobSpec& spec) {
  checker.label("unique_key", spec.unique_key, 0, limits::unique_key_bytes_max);
  if (spec.unique_for_ms > limits::unique_for_ms_max)
    checker.refuse("unique.for_ms", "a whole number from 0 to " + std::to_string(limits::unique_for_ms_max));
  const bool has_terms = spec.on_conflict != OnConflict::refuse || spec.unique_for_ms > 0;
  if (spec.unique_key.empty() && has_terms)
    checker.refuse("unique_key", "1 to " + std::to_string(limits::unique_key_bytes_max) +
                                     " bytes of UTF-8 text, because `unique` is given");
}

/// What a job may say for itself, and its type for it.
void check_bounds(Checker& checker, const std::optional<std::uint32_t>& max_expiries,
                  const std::optional<std::uint32_t>& timeout_ms) {
  if (max_expiries) checker.range("max_expiries", *max_expiries, 1, limits::max_expiries_max);
  if (timeout_ms) checker.range("timeout_ms", *timeout_ms, limits::timeout_ms_min, limits::timeout_ms_max);
}

/// `attempts`: where its producer says max_attempts.
void check(Checker& checker, JobSpec& spec, std::string_view attempts = "max_attempts") {
  checker.label("job_type", spec.job_type, 1, limits::job_type_bytes_max);
  checker.label("name", spec.name, 0, limits::name_bytes_max);
  checker.prose("description", spec.description, limits::description_bytes_max);
  checker.service("service", spec.service, false);
  checker.json("payload", spec.payload, limits::payload_bytes_max);
  if (spec.max_attempts) checker.range(attempts, *spec.max_attempts, 1, limits::max_attempts_max);
  check_bounds(checker, spec.max_expiries, spec.timeout_ms);
  check_order(checker, spec);
  check_unique(checker, spec);
}

void name_error_type(std::string& type) {
  if (type.empty()) type = unknown_error_type;
}

void check(Checker& checker, RecordFailure& command) {
  clip_text(command.error, limits::error_bytes_max);
  clip_text(command.error_type, limits::error_type_bytes_max);
  name_error_type(command.error_type);
  if (command.error.empty()) checker.refuse("error", "text that says what went wrong");
  checker.service("service", command.service, false);
}

void check(Checker& checker, OpenCircuit& command) {
  checker.reason(command.reason);
  checker.service("service", command.service, false);
}

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

void check(Checker& checker, EnqueueJob& command) { check(checker, command.spec); }

void check(Checker& checker, EnqueueJobs& command) {
  if (command.specs.empty()) checker.refuse("jobs", "at least one job");
  if (command.specs.size() > limits::batch_jobs_max) {
    return checker.too_many("jobs", "at most " + std::to_string(limits::batch_jobs_max) + " jobs in a batch");
  }
  for (std::size_t i = 0; i < command.specs.size(); ++i) {
    Checker one;
    check(one, command.specs[i]);
    if (one.ok()) continue;
    checker.set_prefix("[" + std::to_string(i) + "].");
    check(checker, command.specs[i]);
  }
}

void check(Checker& checker, LeaseJobs& command) {
  checker.label("worker", command.worker, 1, limits::worker_bytes_max);
  checker.range("max", command.max, 1, limits::lease_jobs_max);
  checker.range("lease_ms", command.lease_ms, limits::lease_ms_min, limits::lease_ms_max);
  checker.range("wait_ms", command.wait_ms, 0, limits::lease_wait_ms_max);
  if (command.job_types.size() > limits::lease_types_max) {
    checker.refuse("job_types", "at most " + std::to_string(limits::lease_types_max) + " job types");
    return;
  }
  for (std::size_t i = 0; i < command.job_types.size(); ++i) {
    const std::string& type = command.job_types[i];
    if (type.empty() || type.size() > limits::job_type_bytes_max) {
      checker.refuse("job_types[" + std::to_string(i) + "]", up_to_bytes(1, limits::job_type_bytes_max));
    }
  }
}

void check(Checker& checker, Heartbeat& command) {
  checker.range("wait_ms", command.wait_ms, 0, limits::heartbeat_wait_ms_max);
  if (!command.progress) return;
  checker.range("progress.percent", command.progress->percent, 0, limits::progress_percent_max);
  checker.prose("progress.message", command.progress->message, limits::progress_message_bytes_max);
}

void check(Checker& checker, CompleteJob& command) { checker.json("result", command.result, limits::result_bytes_max); }

void check(Checker& checker, FailJob& command) {
  clip_text(command.error, limits::error_bytes_max);
  clip_text(command.error_type, limits::error_type_bytes_max);
  name_error_type(command.error_type);
  if (command.error.empty()) checker.refuse("error", "text that says what went wrong");
  checker.service("service", command.service, false);
  if (command.retry_after_ms) checker.range("retry_after_ms", *command.retry_after_ms, 0, limits::retry_delay_ms_max);
}

void check(Checker& /*checker*/, ReleaseJob& /*command*/) {}

void check(Checker& checker, CancelJob& command) { checker.reason(command.reason); }

void check(Checker& checker, RetryJob& command) { checker.reason(command.reason); }

void check(Checker& checker, DiscardJob& command) { checker.reason(command.reason); }

void check(Checker& checker, StartJobCommand& command) {
  FailedJobs& filter = command.filter;
  if (command.kind == JobCommandKind::plan) checker.refuse("kind", "no plan: that comes with a close or resume-queue");
  if (is_about_dead(command.kind) && !is_dead(filter.status)) checker.refuse("filter.status", "FAILED or EXPIRED");
  checker.label("filter.job_type", filter.job_type, 0, limits::job_type_bytes_max);
  checker.service("filter.service", filter.service, false);
  checker.prose("filter.error_contains", filter.error_contains, limits::error_contains_bytes_max);
  if (command.older_than_ms) checker.range("filter.older_than_ms", *command.older_than_ms, 0, limits::delay_ms_max);
  if (filter.ids.size() > limits::job_command_ids_max)
    checker.too_many("filter.ids", "at most " + std::to_string(limits::job_command_ids_max) + " ids");
  if (std::find(filter.ids.begin(), filter.ids.end(), JobId{0}) != filter.ids.end())
    checker.refuse("filter.ids", "ids of jobs, from 1");
  checker.reason(command.reason);
}

void check(Checker& /*checker*/, StopJobCommand& /*command*/) {}
void check(Checker& /*checker*/, KeepAnswer& /*command*/) {}  // made by breakerd itself

void check(Checker& checker, CreateCampaign& command) {
  checker.name_of_campaign(command.name);
  checker.range("weight", command.weight, 1, limits::campaign_weight_max);
  checker.prose("description", command.description, limits::description_bytes_max);
  checker.json("metadata", command.metadata, limits::metadata_bytes_max);
}

void check(Checker& checker, UpdateCampaign& action) {
  if (action.weight) checker.range("weight", *action.weight, 1, limits::campaign_weight_max);
  if (action.name) checker.name_of_campaign(*action.name);
  if (action.description) checker.prose("description", *action.description, limits::description_bytes_max);
  if (action.metadata) checker.json("metadata", *action.metadata, limits::metadata_bytes_max);
}

void check(Checker& checker, ChangeCampaign& command) {
  std::visit(
      [&](auto& action) {
        using Action = std::decay_t<decltype(action)>;
        if constexpr (std::is_same_v<Action, UpdateCampaign>) {
          check(checker, action);
        } else if constexpr (requires { action.reason; }) {
          checker.reason(action.reason);
        } else if constexpr (std::is_same_v<Action, StartCampaign>) {
          checker.prose("status_message", action.status_message, limits::reason_bytes_max);
        }
      },
      command.action);
}

}  // namespace

Result<void> validate(Command& command) {
  Checker checker;
  std::visit([&](auto& one) { check(checker, one); }, command);
  return checker.result();
}

void move_label_into_text(RecordFailure& report) {
  if (report.service.empty()) return;
  clip_text(report.service, label_bytes_shown);
  report.error += " (reported under the service label \"" + report.service + "\")";
  report.service.clear();
}

RecordFailure recordable(RecordFailure report) {
  if (report.error.empty()) report.error = no_error;
  if (!is_service_name(report.service)) move_label_into_text(report);
  clip_text(report.error, limits::error_bytes_max);
  clip_text(report.error_type, limits::error_type_bytes_max);
  name_error_type(report.error_type);
  return report;
}

bool is_service_name(std::string_view name) noexcept {
  const auto letter_or_digit = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > limits::service_chars_max || !letter_or_digit(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

void fold_case(std::string& text) noexcept {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

void clip_text(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max && is_utf8(text)) return;
  text = to_utf8(text, bytes_max);
}

}  // namespace breakerd
