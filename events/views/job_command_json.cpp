#include <breakerd/events/views/job_command_json.hpp>

#include <breakerd/events/views/rollout_json.hpp>

namespace breakerd {
namespace {

void write_ids(JsonWriter& json, const std::vector<JobId>& ids) {
  json.key("ids");
  if (ids.empty()) {
    json.null();
    return;
  }
  json.begin_array();
  for (const JobId id : ids) json.value(id);
  json.end_array();
}

/// What was not given is null.
void write_failed_jobs(JsonWriter& json, const FailedJobs& filter) {
  json.begin_object();
  json.member("status", to_string(filter.status));
  json.key("campaign_id").value_or_null(filter.campaign);
  json.key("job_type").value_or_null(filter.job_type);
  json.key("service").value_or_null(filter.service);
  json.key("error_contains").value_or_null(filter.error_contains);
  json.key("ended_by").value_or_null(filter.ended_by);
  write_ids(json, filter.ids);
  json.end_object();
}

void write_parked_jobs(JsonWriter& json, const FailedJobs& filter) {
  json.begin_object();
  json.key("campaign_id").value_or_null(filter.campaign);
  json.key("job_type").value_or_null(filter.job_type);
  json.key("service").value_or_null(filter.service);
  json.key("enqueued_by").value_or_null(filter.ended_by);
  write_ids(json, filter.ids);
  json.end_object();
}

void write_action(JsonWriter& json, const PlanAction& action) {
  json.begin_object();
  json.member("do", to_string(action.verb));
  json.key("enqueued_by").value_or_null(action.enqueued_by);
  json.key("campaign_id").value_or_null(action.campaign);
  json.key("job_type").value_or_null(action.job_type);
  json.key("service").value_or_null(action.service);
  json.end_object();
}

void write_plan(JsonWriter& json, const JobCommandRow& row) {
  json.key("actions").begin_array();
  for (const PlanAction& action : row.actions) write_action(json, action);
  json.end_array();
  json.key("canary").number_or_null(row.canary);
  json.key("ramp");
  if (row.ramp.over_ms == 0) {
    json.null();
    return;
  }
  json.begin_object();
  write_ramp_members(json, row.ramp);
  json.end_object();
}

void write_what(JsonWriter& json, const JobCommandRow& row) {
  json.key("filter");
  if (row.kind == JobCommandKind::plan) {
    json.null();
    write_plan(json, row);
  } else if (is_about_parked(row.kind)) {
    write_parked_jobs(json, row.filter);
  } else {
    write_failed_jobs(json, row.filter);
  }
}

/// Nobody counts the jobs of a plan.
void write_progress(JsonWriter& json, const JobCommandRow& row) {
  if (row.kind != JobCommandKind::plan) {
    json.member("matched", row.matched).member("done", row.done);
    json.member("skipped", row.skipped).member("remaining", row.remaining());
    return;
  }
  json.key("matched").null();
  json.member("done", row.done).member("parked", row.parked).member("cancelled", row.done - row.parked);
  json.member("skipped", row.skipped);
  json.key("remaining").null();
}

}  // namespace

void write_job_command(JsonWriter& json, const JobCommandRow& row) {
  json.begin_object();
  json.member("id", row.id);
  json.member("kind", to_string(row.kind));
  json.member("state", to_string(row.state));
  write_what(json, row);
  json.member("reason", row.reason);
  json.member("principal", row.principal);
  write_progress(json, row);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("finished_at").value_or_null(row.finished_at);
  json.end_object();
}

}  // namespace breakerd
