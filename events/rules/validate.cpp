#include <breakerd/events/rules/validate.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/utf8.hpp>
#include <breakerd/events/rules/check_job.hpp>
#include <breakerd/events/rules/check_operator.hpp>

namespace breakerd {
namespace {

/// A label that is refused is repeated up to this length.
constexpr std::size_t label_bytes_shown = 256;

/// Of a failure whose reporter named none.
constexpr std::string_view unknown_error_type = "unknown";

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
