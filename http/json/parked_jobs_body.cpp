#include <breakerd/http/json/parked_jobs_body.hpp>

namespace breakerd::http {

BodyErrors read_parked_jobs(std::string_view text, void* command, const BodyRules& rules) {
  auto& start = *static_cast<StartJobCommand*>(command);
  FieldSet fields;
  fields.optional("campaign_id", &start.filter.campaign)
      .optional("job_type", FilledText{&start.filter.job_type})
      .optional("service", FilledText{&start.filter.service})
      .optional("older_than_ms", &start.older_than_ms)
      .optional("ids", &start.filter.ids);
  return read_object(text, fields, rules);
}

}  // namespace breakerd::http
