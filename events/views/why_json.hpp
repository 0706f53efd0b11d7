#pragma once
// Why a job waits, and who works, as JSON, in the shapes of docs/http-api.md. Pure; any thread.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/why.hpp>
#include <breakerd/events/model/workers.hpp>

namespace breakerd {

/// What a condition does not have is left out.
void write_why(JsonWriter& json, const JobWhy& why);

void write_worker(JsonWriter& json, const WorkerView& worker);

}  // namespace breakerd
