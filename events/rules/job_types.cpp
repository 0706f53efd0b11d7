#include <breakerd/events/rules/job_types.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd {

void fill_in(JobSpec& spec, const JobTypeRow* row) {
  static const JobTypeSettings none;
  const JobTypeSettings& by_type = row != nullptr ? row->settings : none;
  if (!spec.max_attempts) spec.max_attempts = by_type.max_attempts.value_or(default_max_attempts);
  if (!spec.max_expiries) spec.max_expiries = by_type.max_expiries.value_or(default_max_expiries);
  if (!spec.timeout_ms) spec.timeout_ms = by_type.timeout_ms;
  if (!spec.backoff) spec.backoff = by_type.backoff;
}

Result<std::optional<JobTypeSet>> decide(const QueueState& state, const JobTypeRow* row, const SetJobType& command) {
  if (row != nullptr && row->settings == command.settings) return std::optional<JobTypeSet>{};
  if (row == nullptr && state.job_types >= limits::job_types_max)
    return make_error(ErrorCode::limit, "job_types_max: no more than " + std::to_string(limits::job_types_max) +
                                            " job types can have settings at a time; remove one first");
  return std::optional<JobTypeSet>{JobTypeSet{command.job_type, command.settings, command.reason}};
}

Result<JobTypeRemoved> decide(const JobTypeRow* row, const RemoveJobType& command) {
  if (row == nullptr) return no_such_job_type(command.job_type);
  return JobTypeRemoved{command.job_type, command.reason};
}

bool fits(const QueueState& state, const JobTypeRow* row, const JobTypeSet& event) {
  if (event.job_type.empty() || !event.settings.any()) return false;
  return row != nullptr ? row->settings != event.settings : state.job_types < limits::job_types_max;
}

JobTypeRow new_job_type(const JobTypeSet& event, const std::string& principal, Time time) {
  return {event.job_type, event.settings, event.reason, principal, time};
}

Error no_such_job_type(std::string name) {
  clip_text(name, limits::job_type_bytes_max);
  return not_found("job type \"" + name + "\"");
}

}  // namespace breakerd
