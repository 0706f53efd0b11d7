#pragma once
// A schedule as JSON (docs/http-api.md, "Schedules").

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/schedule.hpp>

namespace breakerd {

void write_schedule(JsonWriter& json, const ScheduleRow& row);

}  // namespace breakerd
