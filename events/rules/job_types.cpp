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

Result<bool> evolve_rows(RowAccess& rows, const JobTypeSet& event, const Event& whole) {
  auto row = rows.job_type(event.job_type);
  if (!row) return row.error();
  if (event.job_type.empty() || !event.settings.any()) return false;
  QueueState& queue = rows.queue();
  if (*row != nullptr) {
    if ((*row)->settings == event.settings) return false;
  } else {
    if (queue.job_types >= limits::job_types_max) return false;
    ++queue.job_types;
  }
  rows.set_job_type({event.job_type, event.settings, event.reason, whole.principal, whole.time});
  return true;
}

Result<bool> evolve_rows(RowAccess& rows, const JobTypeRemoved& event, const Event& /*whole*/) {
  auto row = rows.job_type(event.job_type);
  if (!row) return row.error();
  if (*row == nullptr) return false;
  --rows.queue().job_types;
  rows.remove_job_type(event.job_type);
  return true;
}

Error no_such_job_type(std::string name) {
  clip_text(name, limits::job_type_bytes_max);
  return not_found("job type \"" + name + "\"");
}

}  // namespace breakerd
