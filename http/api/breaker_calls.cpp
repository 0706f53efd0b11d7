// The circuit by its plain names, and by those of the later API of the product breakerd replaces.

#include <breakerd/events/rules/validate.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/in_flight_field.hpp>
#include <breakerd/http/api/planned.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

std::string change_message(const CircuitAnswer& answer) {
  const BreakerState& breaker = answer.breaker;
  const bool is_open = breaker.state == CircuitState::open;
  if (!is_open && answer.changed) return "Circuit breaker closed: " + breaker.closed_reason;
  if (!is_open) return "Circuit breaker is already closed";
  const std::string what =
      answer.changed ? "Circuit breaker opened: " + breaker.opened_reason : "Circuit breaker is already open";
  return what + choice_message(answer);
}

void show_change(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<CircuitAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    const bool is_open = answer.breaker.state == CircuitState::open;
    json.begin_object();
    write_circuit_members(json, answer.breaker);
    json.member("changed", answer.changed);
    json.member("previous_state", to_string(answer.previous));
    json.text_key(is_open ? "jobs_paused" : "jobs_resumed").value(answer.jobs);
    if (is_open) json.member("campaigns_paused", answer.campaigns);
    if (!is_open) write_plan(json, answer.plan);
    json.member("message", change_message(answer));
    json.end_object();
  });
}

void show_operation(Exchange& exchange, Reply& reply, Time now) {
  const auto& answer = std::get<CircuitAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("success", answer.changed);
    json.member("previous_state", to_string(answer.previous));
    json.member("current_state", to_string(answer.breaker.state));
    json.member("message", change_message(answer));
    json.member("timestamp", now);
    json.end_object();
  });
}

template <class SomeRender>
void open(Call& call, SomeRender render, std::string_view default_reason = {}) {
  OpenCircuit command;
  std::string in_flight;
  FieldSet fields;
  fields.optional("reason", &command.reason)
      .optional("service", &command.service)
      .optional("in_flight", FilledText{&in_flight});
  if (!call.read_body(fields)) return;
  command.in_flight = read_in_flight(call, in_flight);
  if (command.reason.empty()) command.reason = default_reason;
  call.submit(std::move(command), render);
}

Result<std::string> state_body(const ReadView& view, Time now) {
  const auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();
  return success_body([&](JsonWriter& json) {
    json.begin_object();
    write_circuit_members(json, *breaker);
    json.member("timestamp", now);
    json.end_object();
  });
}

void read_state(Call& call) {
  call.read_small([clock = call.options.clock](const ReadView& view) { return state_body(view, clock->wall()); });
}

}  // namespace

void breaker_state(Call& call) { read_state(call); }
void circuit_breaker_status(Call& call) { read_state(call); }

void breaker_allow(Call& call) {
  const Backend::Gate gate = call.backend.gate();
  succeed(call.exchange, [&](JsonWriter& json) {
    json.begin_object().member("allowed", gate.allowed).member("epoch", gate.epoch).end_object();
  });
}

void breaker_failure(Call& call) {
  RecordFailure report;
  FieldSet fields;
  fields.required("error", &report.error)
      .optional("error_type", &report.error_type)
      .optional("service", &report.service)
      .optional("job_id", &report.job)
      .optional("campaign_id", &report.campaign);
  if (!call.read_body(fields)) return;
  Command command{report};
  if (auto problem = call.check(command)) return call.open_and_refuse(std::move(report), std::move(*problem));
  call.submit_checked(std::move(command), show_change);
}

void breaker_open(Call& call) { open(call, show_change); }
void breaker_close(Call& call) { submit_close(call, show_change); }
void open_circuit_breaker(Call& call) { open(call, show_operation, "Manual API call"); }

void close_circuit_breaker(Call& call) {
  CloseCircuit command;
  FieldSet fields;
  fields.optional("reason", &command.reason).optional("epoch", &command.epoch);
  if (!call.read_body(fields)) return;
  call.submit(std::move(command), show_operation);
}

}  // namespace breakerd::http::calls
