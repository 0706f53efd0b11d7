#include <breakerd/events/views/why_json.hpp>

namespace breakerd {
namespace {

void member_if(JsonWriter& json, const JsonKey& key, const std::string& text) {
  if (!text.empty()) json.member(key, text);
}
void member_if(JsonWriter& json, const JsonKey& key, Time time) {
  if (time != no_time) json.member(key, time);
}

void write_condition(JsonWriter& json, const Condition& condition) {
  json.begin_object();
  json.member("kind", to_string(condition.kind));
  json.member("detail", condition.detail);
  member_if(json, "since", condition.since);
  member_if(json, "by", condition.by);
  member_if(json, "until", condition.until);
  json.key("ends_by").value_or_null(condition.ends_by);
  if (condition.epoch != 0) json.member("epoch", condition.epoch);
  member_if(json, "service", condition.service);
  if (condition.hold != 0) json.member("hold_id", condition.hold);
  if (!condition.campaign.is_nil()) json.member("campaign_id", condition.campaign);
  json.end_object();
}

void write_held_job(JsonWriter& json, const HeldJob& job) {
  json.begin_object();
  json.member("id", job.id);
  json.member("job_type", job.job_type);
  json.key("campaign_id").value_or_null(job.campaign);
  json.member("since", job.since);
  json.key("expires_at").value_or_null(job.expires_at);
  json.end_object();
}

}  // namespace

void write_why(JsonWriter& json, const JobWhy& why) {
  json.begin_object();
  json.member("id", why.job);
  json.member("status", to_string(why.status));
  json.member("runnable", why.runnable());
  json.key("conditions").begin_array();
  for (const Condition& condition : why.conditions) write_condition(json, condition);
  json.end_array().end_object();
}

void write_worker(JsonWriter& json, const WorkerView& worker) {
  json.begin_object();
  json.member("worker", worker.name);
  json.member("in_flight", worker.in_flight);
  json.key("since").value_or_null(worker.since);
  json.key("last_heard_at").value_or_null(worker.heard_at);
  json.member("waiting_leases", worker.waiting_leases);
  json.key("jobs").begin_array();
  for (const HeldJob& job : worker.jobs) write_held_job(json, job);
  json.end_array().end_object();
}

}  // namespace breakerd
