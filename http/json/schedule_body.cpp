#include <breakerd/http/json/schedule_body.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/json/retry_body.hpp>

namespace breakerd::http {

BodyErrors read_scheduled_job(std::string_view text, void* into, const BodyRules& rules) {
  auto& spec = *static_cast<JobSpec*>(into);
  FieldSet fields;
  fields.required("job_type", &spec.job_type)
      .optional("payload", RawJson{&spec.payload, limits::schedule_payload_bytes_max})
      .optional("campaign_id", &spec.campaign)
      .optional("service", &spec.service)
      .optional("name", &spec.name)
      .optional("description", &spec.description)
      .optional("max_expiries", GivenNumber{&spec.max_expiries})
      .optional("timeout_ms", GivenNumber{&spec.timeout_ms})
      .optional("priority", &spec.priority)
      .optional("expires_in_ms", &spec.expires_in_ms)
      .optional("retry", NestedObject{&spec, read_retry});
  return read_object(text, fields, rules);
}

}  // namespace breakerd::http
