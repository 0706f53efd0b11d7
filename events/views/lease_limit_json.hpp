#pragma once
// A limit on leases as JSON (docs/http-api.md, "Limits").

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// Without `in_flight`, `free_at` and `waiting` where they were not asked for.
void write_lease_limit(JsonWriter& json, const LeaseLimitView& view);

}  // namespace breakerd
