#include <breakerd/http/json/schedule_body.hpp>

#include <optional>

#include <breakerd/events/model/limits.hpp>

namespace breakerd::http {

BodyErrors read_scheduled_job(std::string_view text, void* spec, const BodyRules& rules) {
  return read_object(text, common_job_fields(*static_cast<JobSpec*>(spec), limits::schedule_payload_bytes_max), rules);
}

BodyErrors read_new_scheduled_job(std::string_view text, void* spec, const BodyRules& rules) {
  return read_scheduled_job(text, &static_cast<std::optional<JobSpec>*>(spec)->emplace(), rules);
}

}  // namespace breakerd::http
