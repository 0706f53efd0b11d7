#include <breakerd/http/json/failed_jobs_body.hpp>

#include <string>

namespace breakerd::http {

BodyErrors read_failed_jobs(std::string_view text, void* command, const BodyRules& rules) {
  auto& start = *static_cast<StartJobCommand*>(command);
  std::string status = "FAILED";
  FieldSet fields;
  fields.optional("status", &status)
      .optional("campaign_id", &start.filter.campaign)
      .optional("job_type", FilledText{&start.filter.job_type})
      .optional("service", FilledText{&start.filter.service})
      .optional("error_contains", FilledText{&start.filter.error_contains})
      .optional("older_than_ms", &start.older_than_ms)
      .optional("ids", &start.filter.ids);
  BodyErrors errors = read_object(text, fields, rules);
  const auto known = parse_job_status(status);
  if (known && is_dead(*known)) {
    start.filter.status = *known;
  } else if (errors.ok()) {
    errors.add_field("status", "FAILED or EXPIRED");
    errors.status = 422;
    errors.code = "invalid";
  }
  return errors;
}

}  // namespace breakerd::http
