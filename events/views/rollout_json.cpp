#include <breakerd/events/views/rollout_json.hpp>

#include <breakerd/events/model/lease_limit.hpp>

namespace breakerd {
namespace {

void write_canary(JsonWriter& json, const Rollout& rollout) {
  json.key("canary");
  if (rollout.canary == 0) {
    json.null();
    return;
  }
  json.begin_object();
  json.member("jobs", rollout.canary).member("succeeded", rollout.succeeded);
  json.member("in_flight", rollout.in_flight.size());
  json.end_object();
}

void write_ramp(JsonWriter& json, const RolloutView& view) {
  const Rollout& rollout = view.rollout;
  json.key("ramp");
  if (!rollout.has_ramp()) {
    json.null();
    return;
  }
  json.begin_object();
  write_ramp_members(json, rollout.ramp);
  json.key("began_at").value_or_null(rollout.ramp_began_at);
  json.member("elapsed_ms", view.elapsed_ms).member("remaining_ms", rollout.ramp.over_ms - view.elapsed_ms);
  json.key("per_second").raw(decimal_text(view.rate_thousandths));
  json.end_object();
}

}  // namespace

void write_ramp_members(JsonWriter& json, const Ramp& ramp) {
  json.key("from_per_second").raw(decimal_text(ramp.from_thousandths));
  json.key("to_per_second").raw(decimal_text(ramp.to_thousandths));
  json.member("over_ms", ramp.over_ms);
}

void write_rollout(JsonWriter& json, const RolloutView& view) {
  const Rollout& rollout = view.rollout;
  json.begin_object();
  json.member("state", to_string(rollout.phase));
  json.key("command_id").number_or_null(rollout.command);
  json.key("by").value_or_null(rollout.principal);
  json.key("began_at").value_or_null(rollout.began_at);
  write_canary(json, rollout);
  write_ramp(json, view);
  json.end_object();
}

void write_rollout_or_null(JsonWriter& json, const RolloutView& view) {
  if (view.rollout.exists())
    write_rollout(json, view);
  else
    json.null();
}

}  // namespace breakerd
