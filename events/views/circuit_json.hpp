#pragma once
// The circuit as JSON: what the API answers and what a replay shows are the same (docs/http-api.md, "The circuit").
// Members that have no value are absent, except `opened_at` and `closed_at`, which are null.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// The members of a circuit, for an object that is open already.
void write_circuit_members(JsonWriter& json, const BreakerState& breaker);
/// A circuit as one value.
void write_circuit(JsonWriter& json, const BreakerState& breaker);

}  // namespace breakerd
