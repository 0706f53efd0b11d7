#pragma once
// A hold on jobs as JSON.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

void write_job_hold(JsonWriter& json, const JobHold& hold);

/// With `waiting`, if it was asked for.
void write_job_hold(JsonWriter& json, const JobHoldView& view);

}  // namespace breakerd
