#include <breakerd/events/views/job_command_json.hpp>

namespace breakerd {
namespace {

/// What was not given is null.
void write_filter(JsonWriter& json, const FailedJobs& filter) {
  json.begin_object();
  json.member("status", to_string(filter.status));
  json.key("campaign_id").value_or_null(filter.campaign);
  json.key("job_type").value_or_null(filter.job_type);
  json.key("service").value_or_null(filter.service);
  json.key("error_contains").value_or_null(filter.error_contains);
  json.key("ended_by").value_or_null(filter.ended_by);
  json.key("ids");
  if (filter.ids.empty()) {
    json.null();
  } else {
    json.begin_array();
    for (const JobId id : filter.ids) json.value(id);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

void write_job_command(JsonWriter& json, const JobCommandRow& row) {
  json.begin_object();
  json.member("id", row.id);
  json.member("kind", to_string(row.kind));
  json.member("state", to_string(row.state));
  json.key("filter");
  write_filter(json, row.filter);
  json.member("reason", row.reason);
  json.member("principal", row.principal);
  json.member("matched", row.matched);
  json.member("done", row.done);
  json.member("skipped", row.skipped);
  json.member("remaining", row.remaining());
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("finished_at").value_or_null(row.finished_at);
  json.end_object();
}

}  // namespace breakerd
