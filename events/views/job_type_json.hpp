#pragma once
// The settings of a job type as JSON.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/job_type.hpp>

namespace breakerd {

/// What is not set is null.
void write_job_type(JsonWriter& json, const JobTypeRow& row);

}  // namespace breakerd
