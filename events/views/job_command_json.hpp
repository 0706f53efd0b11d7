#pragma once
// A command about many jobs as JSON.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/job_commands.hpp>

namespace breakerd {

void write_job_command(JsonWriter& json, const JobCommandRow& row);

}  // namespace breakerd
