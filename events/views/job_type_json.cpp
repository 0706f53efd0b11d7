#include <breakerd/events/views/job_type_json.hpp>

#include <breakerd/events/views/retry_json.hpp>

namespace breakerd {
void write_job_type(JsonWriter& json, const JobTypeRow& row) {
  json.begin_object();
  json.member("job_type", row.job_type);
  write_said_retry(json, row.settings.max_attempts, row.settings.backoff);
  json.key("timeout_ms").number_or_null(row.settings.timeout_ms.value_or(0));
  json.key("max_expiries").number_or_null(row.settings.max_expiries.value_or(0));
  json.member("reason", row.reason);
  json.key("principal").value_or_null(row.principal);
  json.member("set_at", row.set_at);
  json.end_object();
}

}  // namespace breakerd
