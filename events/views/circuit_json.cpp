#include <breakerd/events/views/circuit_json.hpp>

namespace breakerd {
namespace {

void member_if(JsonWriter& json, const JsonKey& key, const std::string& text) {
  if (!text.empty()) json.member(key, text);
}
void member_if(JsonWriter& json, const JsonKey& key, const Uuid& id) {
  if (!id.is_nil()) json.member(key, id);
}
void number_if(JsonWriter& json, const JsonKey& key, std::uint64_t number) {
  if (number != 0) json.member(key, number);
}

void write_failure(JsonWriter& json, const Failure& failure) {
  json.begin_object();
  json.member("error", failure.error);
  member_if(json, "error_type", failure.error_type);
  member_if(json, "service", failure.service);
  number_if(json, "job_id", failure.job);
  member_if(json, "campaign_id", failure.campaign);
  member_if(json, "worker", failure.worker);
  member_if(json, "reported_by", failure.reported_by);
  json.member("failed_at", failure.at);
  json.end_object();
}

/// The first and the latest failure of an opening.
void write_evidence_members(JsonWriter& json, const BreakerState& breaker) {
  if (breaker.opened_by_failure.exists()) {
    json.key("opened_by_failure");
    write_failure(json, breaker.opened_by_failure);
  }
  if (breaker.last_failure.exists()) {
    json.key("last_failure");
    write_failure(json, breaker.last_failure);
  }
}

/// One level of texts and numbers, as the product that breakerd replaces has it: its dashboard shows every key. The
/// reason and who are of the opening, the rest is the latest failure's.
void write_open_metadata(JsonWriter& json, const BreakerState& breaker) {
  const Failure& latest = breaker.last_failure;
  member_if(json, "reason", breaker.opened_reason);
  member_if(json, "last_error", latest.error);
  member_if(json, "error_type", latest.error_type);
  member_if(json, "service", latest.exists() ? latest.service : breaker.service);
  number_if(json, "job_id", latest.job);
  member_if(json, "campaign_id", latest.campaign);
  if (latest.exists()) json.member("failed_at", latest.at);
  number_if(json, "failures", breaker.failures);
  member_if(json, "opened_by", breaker.opened_by);
}

void write_reaffirmations(JsonWriter& json, const BreakerState& breaker) {
  if (breaker.reaffirmations == 0) return;
  const Reaffirmation& last = breaker.last_reaffirmation;
  json.key("reaffirmed").begin_object();
  json.member("count", breaker.reaffirmations);
  json.key("last").begin_object();
  member_if(json, "reason", last.reason);
  member_if(json, "service", last.service);
  member_if(json, "principal", last.principal);
  json.member("at", last.at);
  json.end_object().end_object();
}

void write_last_outage(JsonWriter& json, const BreakerState& breaker) {
  if (breaker.epoch == 0) return;
  json.key("last_outage").begin_object();
  json.member("epoch", breaker.epoch);
  json.member("opened_at", breaker.opened_at).member("closed_at", breaker.closed_at);
  json.member("reason", breaker.opened_reason).member("opened_by", breaker.opened_by);
  member_if(json, "service", breaker.service);
  json.key("evidence").begin_object();
  write_evidence_members(json, breaker);
  json.end_object();
  json.member("failures", breaker.failures);
  json.end_object();
}

}  // namespace

void write_circuit_members(JsonWriter& json, const BreakerState& breaker) {
  const bool is_open = breaker.state == CircuitState::open;
  json.member("state", to_string(breaker.state));
  json.key("opened_at").value_or_null(is_open ? breaker.opened_at : no_time);
  json.key("closed_at").value_or_null(is_open ? no_time : breaker.closed_at);
  json.key("metadata").begin_object();
  if (is_open) {
    write_open_metadata(json, breaker);
  } else {
    member_if(json, "reason", breaker.closed_reason);
    member_if(json, "closed_by", breaker.closed_by);
  }
  json.end_object();
  json.member("epoch", breaker.epoch);
  if (!is_open) return write_last_outage(json, breaker);
  json.member("in_flight", to_string(breaker.in_flight));
  write_evidence_members(json, breaker);
  write_reaffirmations(json, breaker);
}

void write_circuit(JsonWriter& json, const BreakerState& breaker) {
  json.begin_object();
  write_circuit_members(json, breaker);
  json.end_object();
}

}  // namespace breakerd
