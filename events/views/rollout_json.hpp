#pragma once
// A rollout, which is how work begins behind a plan, as JSON (docs/http-api.md, "A canary and a ramp").

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/rollout.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// `state`, who began it and when, `canary` and `ramp`, as one object. When there is none, `state` is "none" and all
/// else is null. `canary` and `ramp` are null when the plan has none.
void write_rollout(JsonWriter& json, const RolloutView& view);
/// The same, or null when there is none.
void write_rollout_or_null(JsonWriter& json, const RolloutView& view);

/// `from_per_second`, `to_per_second` and `over_ms`, within an object that is open already.
void write_ramp_members(JsonWriter& json, const Ramp& ramp);

}  // namespace breakerd
