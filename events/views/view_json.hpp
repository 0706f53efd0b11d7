#pragma once
// Views as JSON, in the shapes of docs/http-api.md. The one place that says how a job, a campaign, a hold, an event is
// written: answers of the daemon and what breakerctl reads from a data directory are the same. Each function writes one
// value, those named `_members` what stands in an object that is open already. Pure; any thread.

#include <breakerd/events/json/json_writer.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/events/views/circuit_json.hpp>

namespace breakerd {

void write_job(JsonWriter& json, const JobView& job);
void write_campaign(JsonWriter& json, const CampaignView& campaign);

/// How a job stands and whether it can be worked on: `gate_is_open` is what the gate says besides the circuit's state.
void write_job_status(JsonWriter& json, const JobView& job, const BreakerState& breaker, bool gate_is_open);

/// Without payload, result and the like: for lists of what is paused.
void write_job_summary(JsonWriter& json, const JobView& job);
void write_campaign_summary(JsonWriter& json, const CampaignView& campaign);

/// One member for each status, by its name; of jobs also `scheduled` and `parked`, which are parts of two of them.
void write_counts(JsonWriter& json, const JobCounts& counts);
void write_counts(JsonWriter& json, const CampaignCounts& counts);
void write_count_members(JsonWriter& json, const CampaignCounts& counts);

void write_circuit(JsonWriter& json, const CircuitBrief& circuit);

/// `jobs`, `paused`, `circuit` and, while paused, `pause`.
void write_lease_members(JsonWriter& json, const LeaseAnswer& answer);

/// Whether holds say their `ordinal`: a replay shows it, the API does not.
enum class Ordinals { hidden, shown };

void write_hold(JsonWriter& json, const Hold& hold, Ordinals ordinals = Ordinals::hidden);

/// The circuit, the counts of jobs and campaigns, the queue with its holds, and the rollout, if there is one.
void write_status_members(JsonWriter& json, const StatusView& status, Ordinals ordinals = Ordinals::hidden);

void write_leased_job(JsonWriter& json, const LeasedJob& leased);
void write_event(JsonWriter& json, const EventView& event);

}  // namespace breakerd
