#pragma once
// Views as JSON, in the shapes of docs/http-api.md. Each writes one value.

#include <breakerd/events/json/circuit_json.hpp>
#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

void write_job(JsonWriter& json, const JobView& job);
void write_campaign(JsonWriter& json, const CampaignView& campaign);

/// How a job stands and whether it can be worked on: `gate_is_open` is what the gate says besides the circuit's state.
void write_job_status(JsonWriter& json, const JobView& job, const BreakerState& breaker, bool gate_is_open);

/// Without payload, result and the like: for lists of what is paused.
void write_job_summary(JsonWriter& json, const JobView& job);
void write_campaign_summary(JsonWriter& json, const CampaignView& campaign);

void write_counts(JsonWriter& json, const JobCounts& counts);
void write_counts(JsonWriter& json, const CampaignCounts& counts);

void write_circuit(JsonWriter& json, const CircuitBrief& circuit);

void write_hold(JsonWriter& json, const Hold& hold);
void write_leased_job(JsonWriter& json, const LeasedJob& leased);
void write_event(JsonWriter& json, const EventView& event);

}  // namespace breakerd::http
