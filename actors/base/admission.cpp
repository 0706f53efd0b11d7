#include <breakerd/actors/base/admission.hpp>

#include <breakerd/events/json/json_check.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>

namespace breakerd {

Result<void> admit(Ask& request) {
  clip_text(request.principal, limits::principal_bytes_max);
  if (auto ok = validate(request.command); !ok) return ok;
  return check_json(request.command);
}

std::optional<RecordFailure> report_in(const Command& refused) {
  if (const auto* failure = std::get_if<RecordFailure>(&refused)) return recordable(*failure);
  const auto* report = std::get_if<FailJob>(&refused);
  if (report == nullptr || report->service.empty()) return std::nullopt;
  return recordable(RecordFailure{report->error, report->error_type, report->service, report->job, {}});
}

Error recorded_all_the_same(Error refusal) {
  refusal.detail += counted_all_the_same;
  return refusal;
}

}  // namespace breakerd
