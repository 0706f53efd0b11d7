#include <breakerd/events/views/view_json.hpp>

#include <breakerd/events/json/backoff_json.hpp>
#include <breakerd/events/rules/campaign.hpp>
#include <breakerd/events/views/job_hold_json.hpp>
#include <breakerd/events/views/lease_limit_json.hpp>
#include <breakerd/events/views/rollout_json.hpp>

namespace breakerd {
namespace {

void write_pause_reason(JsonWriter& json, const JobView& job) {
  if (!job.pause_reason.empty()) json.member("pause_reason", job.pause_reason);
}

/// How it is tried again, whether somebody said so or not.
void write_retry(JsonWriter& json, const JobSpec& spec) {
  static const Backoff by_default;
  json.key("retry").begin_object();
  json.member("max_attempts", spec.max_attempts.value_or(default_max_attempts)).key("backoff");
  write_backoff(json, spec.backoff ? *spec.backoff : by_default);
  json.end_object();
}

/// Who works on the job, whatever it reads as.
void write_lease(JsonWriter& json, const JobView& job) {
  json.key("lease");
  if (!job.is_leased()) {
    json.null();
    return;
  }
  // Nothing changes the row of a leased job between its lease and the lease's end.
  json.begin_object().member("worker", job.row.worker).member("since", job.row.updated_at);
  json.key("expires_at").value_or_null(job.lease_expires_at);
  json.end_object();
}

void write_progress(JsonWriter& json, const std::optional<JobProgress>& progress) {
  json.key("progress");
  if (!progress) {
    json.null();
    return;
  }
  json.begin_object().member("percent", progress->percent);
  json.key("message").value_or_null(progress->message);
  json.member("at", progress->at).end_object();
}

void write_errors(JsonWriter& json, const std::vector<JobError>& errors) {
  json.key("errors").begin_array();
  for (const JobError& one : errors) {
    json.begin_object();
    json.member("time", one.at);
    json.member("worker", one.worker);
    json.key("attempt").number_or_null(one.attempt);
    json.member("error", one.error);
    json.key("error_type").value_or_null(one.error_type);
    json.key("service").value_or_null(one.service);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_job(JsonWriter& json, const JobView& job) {
  const JobRow& row = job.row;
  const JobSpec& spec = *job.spec;
  json.begin_object();
  json.member("id", row.id);
  json.member("job_type", spec.job_type);
  json.key("name").value_or_null(spec.name);
  json.key("description").value_or_null(spec.description);
  json.key("campaign_id").value_or_null(spec.campaign);
  json.key("service").value_or_null(spec.service);
  json.key("payload").raw_or_null(spec.payload);
  json.member("status", to_string(job.status));
  write_pause_reason(json, job);
  json.member("attempts", row.attempts);
  json.member("max_attempts", row.max_attempts);
  json.member("expiries", row.expiries);
  json.member("expiries_counted", row.expiries_counted);
  json.member("max_expiries", row.max_expiries);
  json.key("timeout_ms").number_or_null(row.timeout_ms);
  json.member("priority", row.priority);
  json.key("run_at").value_or_null(spec.run_at);
  json.key("next_attempt_at").value_or_null(job.next_attempt_at);
  json.key("expires_at").value_or_null(job.expires_at);
  write_retry(json, spec);
  json.key("unique_key").value_or_null(spec.unique_key);
  if (spec.unique_until != no_time) json.member("unique_until", spec.unique_until);
  if (row.discarded) json.member("discarded", true);
  write_lease(json, job);
  write_progress(json, job.progress);
  json.key("worker").value_or_null(job.is_leased() ? std::string_view{row.worker} : std::string_view{});
  json.key("last_worker").value_or_null(row.worker);
  json.key("error").value_or_null(row.error);
  json.key("error_type").value_or_null(row.error_type);
  if (job.errors) write_errors(json, *job.errors);
  json.key("result").raw_or_null(job.result);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("started_at").value_or_null(row.started_at);
  json.key("finished_at").value_or_null(row.finished_at);
  json.end_object();
}

void write_job_status(JsonWriter& json, const JobView& job, const BreakerState& breaker, bool gate_is_open) {
  const JobRow& row = job.row;
  const bool is_closed = breaker.state == CircuitState::closed;
  json.begin_object();
  json.member("id", row.id);
  json.member("status", to_string(job.status));
  json.member("job_type", row.job_type);
  json.key("campaign_id").value_or_null(row.campaign);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("completed_at").value_or_null(row.finished_at);
  json.key("error").value_or_null(row.error);
  json.key("circuit_breaker").begin_object();
  json.member("state", to_string(breaker.state)).member("can_process", is_closed && gate_is_open);
  json.end_object();
  if (job.status == JobStatus::paused) {
    write_pause_reason(json, job);
    json.member("resume_available", is_closed);
  }
  json.end_object();
}

namespace {

/// Where it can go from here, and how it ended if it has.
void write_course(JsonWriter& json, const CampaignView& campaign) {
  const CampaignRow& row = campaign.row;
  json.key("valid_transitions").begin_array();
  for (const CampaignStatus status : valid_transitions(campaign.status)) json.value(to_string(status));
  json.end_array();
  const bool failed = campaign.status == CampaignStatus::failed;
  json.key("completed_at").value_or_null(campaign.status == CampaignStatus::completed ? row.finished_at : no_time);
  json.key("failed_at").value_or_null(failed ? row.finished_at : no_time);
  json.key("status_error").value_or_null(failed ? std::string_view{row.message} : std::string_view{});
}

}  // namespace

namespace {

void write_pace(JsonWriter& json, const std::optional<Pace>& pace) {
  json.key("pace");
  if (!pace) {
    json.null();
    return;
  }
  json.begin_object().member("jobs_per_minute", pace->jobs_per_minute);
  json.key("eta_seconds");
  if (pace->eta_seconds)
    json.value(*pace->eta_seconds);
  else
    json.null();
  json.end_object();
}

}  // namespace

void write_campaign(JsonWriter& json, const CampaignView& campaign) {
  const CampaignRow& row = campaign.row;
  json.begin_object();
  json.member("id", campaign.id);
  json.member("name", row.name);
  json.key("description").value_or_null(row.description);
  json.key("metadata").raw(row.metadata.empty() ? std::string_view{"{}"} : row.metadata);
  json.member("status", to_string(campaign.status));
  json.key("status_message").value_or_null(campaign.status_message);
  json.member("sealed", campaign.lane.sealed);
  json.member("weight", campaign.lane.weight);
  json.key("job_counts");
  write_counts(json, campaign.job_counts);
  json.member("in_flight", campaign.lane.count(JobStatus::processing));
  write_pace(json, campaign.pace);
  write_course(json, campaign);
  json.key("created_by").value_or_null(row.created_by);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("started_at").value_or_null(row.started_at);
  json.key("finished_at").value_or_null(row.finished_at);
  json.end_object();
}

void write_job_summary(JsonWriter& json, const JobView& job) {
  const JobRow& row = job.row;
  json.begin_object();
  json.member("id", row.id);
  json.key("name").value_or_null(job.spec->name);
  json.member("job_type", row.job_type);
  json.key("campaign_id").value_or_null(row.campaign);
  json.member("status", to_string(job.status));
  write_pause_reason(json, job);
  write_lease(json, job);
  json.key("error").value_or_null(row.error);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("started_at").value_or_null(row.started_at);
  json.end_object();
}

void write_campaign_summary(JsonWriter& json, const CampaignView& campaign) {
  const CampaignRow& row = campaign.row;
  json.begin_object();
  json.member("id", campaign.id);
  json.member("name", row.name);
  json.member("status", to_string(campaign.status));
  json.key("status_message").value_or_null(campaign.status_message);
  write_course(json, campaign);
  json.member("created_at", row.created_at);
  json.member("updated_at", row.updated_at);
  json.key("started_at").value_or_null(row.started_at);
  json.key("finished_at").value_or_null(row.finished_at);
  json.end_object();
}

void write_counts(JsonWriter& json, const JobCounts& counts) {
  json.begin_object();
  json.member("PENDING", counts.pending);
  json.member("PROCESSING", counts.processing);
  json.member("PAUSED", counts.paused);
  json.member("COMPLETED", counts.completed);
  json.member("FAILED", counts.failed);
  json.member("CANCELLED", counts.cancelled);
  json.member("EXPIRED", counts.expired);
  json.member("scheduled", counts.scheduled);
  json.member("parked", counts.parked);
  json.end_object();
}

void write_count_members(JsonWriter& json, const CampaignCounts& counts) {
  json.member("CREATED", counts.created);
  json.member("RUNNING", counts.running);
  json.member("PAUSED", counts.paused);
  json.member("COMPLETED", counts.completed);
  json.member("FAILED", counts.failed);
  json.member("CANCELLED", counts.cancelled);
}

void write_counts(JsonWriter& json, const CampaignCounts& counts) {
  json.begin_object();
  write_count_members(json, counts);
  json.end_object();
}

void write_circuit(JsonWriter& json, const CircuitBrief& circuit) {
  json.begin_object();
  json.member("state", to_string(circuit.state));
  json.member("epoch", circuit.epoch);
  json.end_object();
}

void write_hold(JsonWriter& json, const Hold& hold, Ordinals ordinals) {
  json.begin_object();
  if (ordinals == Ordinals::shown) json.member("ordinal", hold.ordinal);
  json.member("kind", hold.kind == HoldKind::circuit ? "circuit" : "service");
  json.key("service").value_or_null(hold.service);
  json.member("cause", hold.cause);
  json.key("principal").value_or_null(hold.principal);
  json.member("placed_at", hold.placed_at);
  json.end_object();
}

void write_status_members(JsonWriter& json, const StatusView& status, Ordinals ordinals) {
  json.key("circuit_breaker");
  write_circuit(json, status.breaker);
  json.key("job_counts");
  write_counts(json, status.jobs);
  json.member("in_flight", status.in_flight);
  json.key("campaign_counts");
  write_counts(json, status.campaigns);
  json.key("queue").begin_object().member("paused", status.queue_paused);
  json.key("holds").begin_array();
  for (const Hold& hold : status.holds) write_hold(json, hold, ordinals);
  json.end_array().key("job_holds").begin_array();
  for (const JobHold& hold : status.job_holds) write_job_hold(json, hold);
  json.end_array().key("limits").begin_array();
  for (const LeaseLimitView& limit : status.limits.limits) write_lease_limit(json, limit);
  json.end_array();
  if (status.limits.is_partial) json.member("waiting_is_partial", true);
  json.member("last_job_id", status.last_job).member("last_seq", status.last_seq);
  json.end_object();
  json.key("rollout");
  write_rollout_or_null(json, status.rollout);
}

void write_leased_job(JsonWriter& json, const LeasedJob& leased) {
  const JobSpec& spec = *leased.job.spec;
  json.begin_object();
  json.member("id", leased.job.row.id);
  json.member("job_type", spec.job_type);
  json.key("name").value_or_null(spec.name);
  json.key("campaign_id").value_or_null(spec.campaign);
  json.key("service").value_or_null(spec.service);
  json.key("payload").raw_or_null(spec.payload);
  json.member("attempt", leased.attempt);
  json.key("timeout_ms").number_or_null(leased.job.row.timeout_ms);
  json.member("token", leased.token);
  json.member("lease_expires_at", leased.expires_at);
  json.end_object();
}

namespace {

void write_pause(JsonWriter& json, const PauseView& pause) {
  json.begin_object();
  json.member("reason", pause.reason);
  json.key("by").value_or_null(pause.by);
  json.key("since").value_or_null(pause.since);
  json.end_object();
}

}  // namespace

void write_lease_members(JsonWriter& json, const LeaseAnswer& answer) {
  json.key("jobs").begin_array();
  for (const LeasedJob& job : answer.jobs) write_leased_job(json, job);
  json.end_array();
  json.member("paused", answer.paused);
  if (answer.pause) write_pause(json.key("pause"), *answer.pause);
  json.key("circuit");
  write_circuit(json, answer.circuit);
}

void write_event(JsonWriter& json, const EventView& event) {
  json.begin_object();
  json.member("seq", event.seq);
  json.member("time", event.time);
  json.member("type", event.type);
  json.member("version", event.version);
  json.member("stream", event.stream);
  json.key("principal").value_or_null(event.principal);
  json.key("cause").number_or_null(event.cause);
  json.key("data").raw(event.data);
  json.member("hash", event.hash);
  json.end_object();
}

}  // namespace breakerd
