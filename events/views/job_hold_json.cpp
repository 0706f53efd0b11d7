#include <breakerd/events/views/job_hold_json.hpp>

namespace breakerd {
namespace {

void write_members(JsonWriter& json, const JobHold& hold) {
  json.member("id", hold.id);
  json.key("service").value_or_null(hold.service);
  json.key("job_type").value_or_null(hold.job_type);
  json.key("campaign_id").value_or_null(hold.campaign);
  json.member("reason", hold.reason);
  json.key("principal").value_or_null(hold.principal);
  json.member("placed_at", hold.placed_at);
}

}  // namespace

void write_job_hold(JsonWriter& json, const JobHold& hold) {
  json.begin_object();
  write_members(json, hold);
  json.end_object();
}

void write_job_hold(JsonWriter& json, const JobHoldView& view) {
  json.begin_object();
  write_members(json, view.hold);
  if (view.waiting) json.member("waiting", *view.waiting);
  json.end_object();
}

}  // namespace breakerd
