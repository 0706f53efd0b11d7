// The queue-management API: the circuit and the queue as the product breakerd replaces has them.

#include <breakerd/events/rules/validate.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/in_flight_field.hpp>
#include <breakerd/http/api/limit_use.hpp>
#include <breakerd/http/api/planned.hpp>
#include <breakerd/http/api/service_param.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd::http::calls {
namespace {

/// What was asked is shown, whether it opened the circuit or found it open.
void show_pause(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<CircuitAnswer>(reply);
  const BreakerState& breaker = answer.breaker;
  const auto& service = exchange.kept_body;
  const std::string message = answer.changed
                                  ? "Circuit breaker opened for " + service + ": " + std::to_string(answer.jobs) +
                                        " jobs and " + std::to_string(answer.campaigns) + " campaigns paused"
                                  : "Circuit breaker is already open (" + breaker.opened_reason +
                                        "); everything is paused, and the request for " + service + " is recorded";
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("service", service);
    json.member("paused", true);
    json.member("reason", answer.changed ? breaker.opened_reason : breaker.last_reaffirmation.reason);
    json.member("jobs_paused", answer.jobs);
    json.member("campaigns_paused", answer.campaigns);
    json.member("circuit_breaker_state", to_string(answer.breaker.state));
    json.member("message", message + choice_message(answer));
    json.end_object();
  });
}

constexpr std::string_view after_close = "; campaigns stay paused until resume-queue";

void show_reset(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<CircuitAnswer>(reply);
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("service", exchange.kept_body);
    json.member("action", "circuit_breaker_reset");
    json.member("circuit_breaker_state", to_string(answer.breaker.state));
    json.member("message",
                (answer.changed ? "Global circuit breaker closed" : "Global circuit breaker is already closed") +
                    std::string{after_close});
    json.end_object();
  });
}

void show_close(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<CircuitAnswer>(reply);
  const std::string message = answer.changed
                                  ? "Circuit breaker closed: " + answer.breaker.closed_reason + std::string{after_close}
                                  : "Circuit breaker is already closed" + std::string{after_close};
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("circuit_breaker_state", to_string(answer.breaker.state));
    json.member("queue_status", "running");
    json.member("jobs_resumed", answer.jobs);
    write_plan_if(json, answer.plan);
    json.member("message", message);
    json.end_object();
  });
}

void show_resume_queue(Exchange& exchange, Reply& reply) {
  const auto& answer = std::get<HoldsAnswer>(reply);
  std::string message = "Queue resumed: " + std::to_string(answer.campaigns_resumed) + " campaigns";
  if (answer.campaigns_skipped > 0) {
    message += ", " + std::to_string(answer.campaigns_skipped) + " paused by hand stay paused";
  }
  succeed(exchange, [&](JsonWriter& json) {
    json.begin_object();
    json.member("queue_resumed", true);
    json.member("jobs_resumed", answer.jobs_resumed);
    json.member("campaigns_eligible", answer.campaigns_eligible);
    json.member("campaigns_resumed", answer.campaigns_resumed);
    json.member("campaigns_skipped", answer.campaigns_skipped);
    json.key("services_resumed").begin_array();
    for (const std::string& service : answer.services_resumed) json.value(service);
    json.end_array();
    json.key("campaign_resume_errors").begin_array().end_array();  // all or nothing: no campaign fails by itself
    json.key("reason").value_or_null(answer.reason);
    json.member("prerequisites_met", "Global circuit breaker closed");
    write_plan_if(json, answer.plan);
    json.member("message", message);
    json.end_object();
  });
}

void write_damaged_reads(JsonWriter& json, const DamagedReads& damaged) {
  json.key("damaged_reads").begin_object().member("count", damaged.count);
  if (damaged.count != 0) json.member("last_at", damaged.last_at).member("last", damaged.last);
  json.end_object();
}

/// What of the status is no part of committed state.
struct LiveStatus {
  DamagedReads damaged;
  std::size_t waiting_leases = 0;
  const LeaseTimes* times = nullptr;
};

Result<std::string> status_body(const ReadView& view, const LiveStatus& live, Time now) {
  auto status = read_status(view, now);
  if (!status) return status.error();
  for (LeaseLimitView& one : status->limits.limits) fill_use(one, live.times, now);
  return success_body([&](JsonWriter& json) {
    json.begin_object();
    write_status_members(json, *status);
    json.member("waiting_leases", live.waiting_leases);
    write_damaged_reads(json, live.damaged);
    json.member("timestamp", now);
    json.end_object();
  });
}

Result<std::string> circuit_body(const ReadView& view, Time now) {
  const auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();
  return success_body([&](JsonWriter& json) {
    json.begin_object().key("circuit_breaker");
    write_circuit(json, *breaker);
    json.member("timestamp", now);
    json.end_object();
  });
}

/// Single services are never resumed: the answer says what to do instead.
Result<std::string> resume_service_body(const ReadView& view, const std::string& service) {
  const auto breaker = read_breaker(view);
  if (!breaker) return breaker.error();
  const bool is_open = breaker->state == CircuitState::open;
  std::string body;
  JsonWriter json{body};
  json.begin_object().member("status", is_open ? "error" : "success").key("data").begin_object();
  json.member("service", service);
  json.member("resumed", false);
  json.member("jobs_resumed", 0).member("campaigns_resumed", 0);
  json.member("circuit_breaker_state", to_string(breaker->state));
  json.member("message", is_open ? "Cannot resume individual services while the global circuit breaker is open: close "
                                   "the circuit breaker, then call /resume-queue"
                                 : "The global circuit breaker is closed: call /resume-queue to resume what is paused");
  json.end_object().end_object();
  return body;
}

}  // namespace

void status(Call& call) {
  LiveStatus live{call.backend.damaged_reads(), call.backend.waiting_leases(), call.backend.lease_times()};
  call.read_small([live = std::move(live), clock = call.options.clock](const ReadView& view) {
    return status_body(view, live, clock->wall());
  });
}

void circuit_breaker(Call& call) {
  call.read_small([clock = call.options.clock](const ReadView& view) { return circuit_body(view, clock->wall()); });
}

void pause_service(Call& call) {
  OpenCircuit command;
  std::string in_flight;
  FieldSet fields;
  fields.required("service", &command.service)
      .optional("reason", &command.reason)
      .optional("in_flight", FilledText{&in_flight});
  if (!call.read_body(fields)) return;
  command.in_flight = read_in_flight(call, in_flight);
  if (command.reason.empty()) command.reason = "manual_pause";
  if (!check_service(call, command.service))
    return;  // which, unlike the command's own check, insists on there being one
  call.exchange.kept_body = command.service;
  call.submit(std::move(command), show_pause);
}

void resume_service(Call& call) {
  std::string service;
  FieldSet fields;
  fields.required("service", &service);
  if (!call.read_body(fields) || !check_service(call, service)) return;
  call.read_small([service](const ReadView& view) { return resume_service_body(view, service); });
}

void reset_circuit_breaker(Call& call) {
  CloseCircuit command;
  FieldSet fields;
  fields.optional("reason", &command.reason).optional("epoch", &command.epoch);
  if (!call.read_body(fields)) return;
  call.exchange.kept_body = call.path.text;
  if (!check_service(call, call.exchange.kept_body)) return;
  call.submit(std::move(command), show_reset);
}

void close_circuit(Call& call) { submit_close(call, show_close); }

void resume_queue(Call& call) {
  call.exchange.kept_status = 400;  // what an open circuit is shown as here
  submit_resume_queue(call, show_resume_queue);
}

}  // namespace breakerd::http::calls
