#include <breakerd/events/views/job_type_json.hpp>

#include <breakerd/events/json/backoff_json.hpp>

namespace breakerd {
namespace {

void write_retry(JsonWriter& json, const JobTypeSettings& settings) {
  json.key("retry");
  if (!settings.max_attempts && !settings.backoff) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("max_attempts").number_or_null(settings.max_attempts.value_or(0));
  json.key("backoff");
  if (settings.backoff)
    write_backoff(json, *settings.backoff);
  else
    json.null();
  json.end_object();
}

}  // namespace

void write_job_type(JsonWriter& json, const JobTypeRow& row) {
  json.begin_object();
  json.member("job_type", row.job_type);
  write_retry(json, row.settings);
  json.key("timeout_ms").number_or_null(row.settings.timeout_ms.value_or(0));
  json.key("max_expiries").number_or_null(row.settings.max_expiries.value_or(0));
  json.member("reason", row.reason);
  json.key("principal").value_or_null(row.principal);
  json.member("set_at", row.set_at);
  json.end_object();
}

}  // namespace breakerd
