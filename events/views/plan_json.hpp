#pragma once
// What a plan would do, as JSON (docs/http-api.md, "A plan for what waits").

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// `seq`, `preview` and `drain_ms`, as one value. Each list has its greatest counts first, and up to
/// limits::preview_rows_max rows; `more` says how many were left out.
void write_preview(JsonWriter& json, const PlanPreview& preview);

}  // namespace breakerd
