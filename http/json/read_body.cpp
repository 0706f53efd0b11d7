#include <breakerd/http/json/read_body.hpp>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/json/body_sax.hpp>
#include <breakerd/http/json/limits.hpp>
#include <breakerd/http/json/retry_body.hpp>
#include <breakerd/http/json/unique_body.hpp>

namespace breakerd::http {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

void BodyErrors::add_field(std::string field, std::string expected) {
  ++field_count;
  if (fields.size() < field_errors_max) fields.push_back({std::move(field), std::move(expected)});
}

BodyErrors read_object(std::string_view body, const FieldSet& fields, const BodyRules& rules) {
  if (is_blank(body)) body = "{}";
  BodySax sax{body, fields, rules};
  sax.parse(body);  // what it found is in its errors
  return sax.take_errors();
}

BodyErrors read_batch(std::string_view body, bool lines, BatchItems items, const BodyRules& rules) {
  if (is_blank(body)) body = "[]", lines = false;
  BodySax sax{body, lines ? BodySax::Shape::lines : BodySax::Shape::array, std::move(items), rules};
  if (!lines) {
    sax.parse(body);
    return sax.take_errors();
  }
  for (std::size_t from = 0; from < body.size();) {
    const std::size_t feed = std::min(body.find('\n', from), body.size());
    const std::string_view line = body.substr(from, feed - from);
    from = feed + 1;
    if (!is_blank(line) && !sax.parse(line)) break;
  }
  return sax.take_errors();
}

FieldSet common_job_fields(JobSpec& spec, std::size_t payload_bytes_max) {
  FieldSet fields;
  fields.required("job_type", &spec.job_type)
      .optional("payload", RawJson{&spec.payload, payload_bytes_max})
      .optional("campaign_id", &spec.campaign)
      .optional("service", &spec.service)
      .optional("name", &spec.name)
      .optional("description", &spec.description)
      .optional("max_expiries", GivenNumber{&spec.max_expiries})
      .optional("timeout_ms", GivenNumber{&spec.timeout_ms})
      .optional("priority", &spec.priority)
      .optional("expires_in_ms", &spec.expires_in_ms)
      .optional("retry", NestedObject{&spec, read_retry});
  return fields;
}

FieldSet job_fields(JobSpec& spec) {
  FieldSet fields = common_job_fields(spec, limits::payload_bytes_max);
  fields.optional("max_attempts", GivenNumber{&spec.max_attempts})
      .optional("run_at", &spec.run_at)
      .optional("delay_ms", &spec.delay_ms)
      .optional("expires_at", &spec.expires_at)
      .optional("unique_key", FilledText{&spec.unique_key})
      .optional("unique", NestedObject{&spec, read_unique});
  return fields;
}

BatchItems items_of(std::vector<JobSpec>& specs) {
  return {limits::batch_jobs_max, [&specs] { return job_fields(specs.emplace_back()); }};
}

FieldSet completion_fields(CompleteJob& command) {
  FieldSet fields;
  fields.required("id", &command.job)
      .required("token", &command.token)
      .optional("result", RawJson{&command.result, limits::result_bytes_max});
  return fields;
}

BatchItems items_of(std::vector<CompleteJob>& commands) {
  return {limits::complete_batch_max, [&commands] { return completion_fields(commands.emplace_back()); }};
}

}  // namespace breakerd::http
