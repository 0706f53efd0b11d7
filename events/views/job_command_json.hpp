#pragma once
// A command about many jobs as JSON.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/job_commands.hpp>

namespace breakerd {

/// A plan has `actions`, `canary` and `ramp` in place of a filter, and says what became of the jobs; nobody counts
/// those it is about.
void write_job_command(JsonWriter& json, const JobCommandRow& row);

}  // namespace breakerd
