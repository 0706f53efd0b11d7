#include <breakerd/events/views/schedule_json.hpp>

#include <breakerd/events/views/retry_json.hpp>

namespace breakerd {
namespace {

/// What its producer has said, and no more: what is not said is filled in when a run begins.
void write_scheduled_job(JsonWriter& json, const JobSpec& job) {
  json.begin_object();
  json.member("job_type", job.job_type);
  json.key("name").value_or_null(job.name);
  json.key("description").value_or_null(job.description);
  json.key("campaign_id").value_or_null(job.campaign);
  json.key("service").value_or_null(job.service);
  json.key("payload").raw_or_null(job.payload);
  json.member("priority", job.priority);
  write_said_retry(json, job.max_attempts, job.backoff);
  json.key("max_expiries").number_or_null(job.max_expiries.value_or(0));
  json.key("timeout_ms").number_or_null(job.timeout_ms.value_or(0));
  json.key("expires_in_ms").number_or_null(job.expires_in_ms);
  json.end_object();
}

}  // namespace

void write_schedule(JsonWriter& json, const ScheduleRow& row) {
  const SchedulePlan& plan = row.plan;
  json.begin_object();
  json.member("id", row.id).member("name", plan.name);
  json.key("cron").value_or_null(plan.cron);
  json.key("time_zone").value_or_null(plan.time_zone);
  json.key("every_ms").number_or_null(plan.every_ms);
  json.member("missed", to_string(plan.missed));
  json.key("job");
  write_scheduled_job(json, plan.job);
  json.member("paused", row.paused);
  json.key("next_at").value_or_null(row.next_at);
  json.key("last_at").value_or_null(row.last_at);
  json.key("last_due_at").value_or_null(row.last_due_at);
  json.key("last_job_id").number_or_null(row.last_job);
  json.key("last_skipped");
  if (row.skipped_at == no_time) {
    json.null();
  } else {
    json.begin_object();
    json.member("due_at", row.skipped_due_at).member("at", row.skipped_at).member("reason", row.skipped_reason);
    json.end_object();
  }
  json.member("created_at", row.created_at).member("created_by", row.created_by);
  json.member("changed_at", row.changed_at).member("changed_by", row.changed_by);
  json.member("reason", row.reason);
  json.end_object();
}

}  // namespace breakerd
