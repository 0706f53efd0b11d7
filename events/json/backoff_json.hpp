#pragma once
// A backoff as JSON: in events, and in the jobs that the API shows.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/backoff.hpp>

namespace breakerd {

/// As an object, in the form in which the API takes it.
void write_backoff(JsonWriter& json, const Backoff& backoff);

}  // namespace breakerd
