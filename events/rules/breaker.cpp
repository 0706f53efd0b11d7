#include <breakerd/events/rules/breaker.hpp>

namespace breakerd {
namespace {

std::string failure_reason(const std::string& service, const std::string& error) {
  return service.empty() ? error : service + ": " + error;
}

/// A cause is repeated in every answer that shows a held campaign: long errors are cut, at a character's border.
std::string_view cut(std::string_view text) {
  constexpr std::size_t cause_bytes_max = 512;
  if (text.size() <= cause_bytes_max) return text;
  std::size_t end = cause_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

/// What a first and a further failure have in common.
void add_failure(BreakerState& state, const auto& event, const std::string& principal, Time time) {
  state.last_failure = {event.error,    event.error_type, event.service, event.job,
                        event.campaign, event.worker,     principal,     time};
  ++state.failures;
}

}  // namespace

EventData decide(const BreakerState& state, const RecordFailure& command, InFlight by_default) {
  if (state.state == CircuitState::open)
    return FailureRecorded{
        state.epoch, command.error, command.error_type, command.service, command.job, command.campaign, {}};
  return CircuitOpened{state.epoch + 1,
                       false,
                       failure_reason(command.service, command.error),
                       command.error,
                       command.error_type,
                       command.service,
                       command.job,
                       command.campaign,
                       {},
                       by_default};
}

EventData decide(const BreakerState& state, const OpenCircuit& command, InFlight by_default) {
  if (state.state == CircuitState::open)
    return OpeningReaffirmed{state.epoch, command.reason, command.service, command.in_flight.value_or(state.in_flight)};
  CircuitOpened event;
  event.epoch = state.epoch + 1;
  event.by_hand = true;
  event.reason = command.reason;
  event.service = command.service;
  event.in_flight = command.in_flight.value_or(by_default);
  return event;
}

Result<std::optional<CircuitClosed>> decide(const BreakerState& state, const CloseCircuit& command) {
  if (command.epoch && *command.epoch != state.epoch)
    return make_error(ErrorCode::circuit_changed, "epoch " + std::to_string(*command.epoch) +
                                                      " is not the circuit's: it has opened " +
                                                      std::to_string(state.epoch) + " times; look at it again");
  if (state.state == CircuitState::closed && command.plan)
    return make_error(ErrorCode::wrong_state,
                      "the circuit is CLOSED already: a plan for the jobs that wait goes with resume-queue");
  if (state.state == CircuitState::closed) return std::optional<CircuitClosed>{};
  return std::optional<CircuitClosed>{CircuitClosed{state.epoch, command.reason}};
}

bool asks_to_open(const Command& command) {
  if (const auto* report = std::get_if<FailJob>(&command)) return !report->service.empty();
  return std::holds_alternative<RecordFailure>(command) || std::holds_alternative<OpenCircuit>(command);
}

void evolve(BreakerState& state, const CircuitOpened& event, const std::string& principal, Time time) {
  BreakerState opening;  // nothing of the one before is kept
  opening.state = CircuitState::open;
  opening.epoch = event.epoch;
  opening.opened_at = time;
  opening.closed_at = state.closed_at;
  opening.opened_reason = event.reason;
  opening.opened_by = principal;
  opening.service = event.service;
  opening.in_flight = event.in_flight;
  if (!event.by_hand) {
    add_failure(opening, event, principal, time);
    opening.opened_by_failure = opening.last_failure;
  }
  state = std::move(opening);
}

void evolve(BreakerState& state, const FailureRecorded& event, const std::string& principal, Time time) {
  add_failure(state, event, principal, time);
}

void evolve(BreakerState& state, const OpeningReaffirmed& event, const std::string& principal, Time time) {
  ++state.reaffirmations;
  state.last_reaffirmation = {event.reason, event.service, principal, time};
  state.in_flight = event.in_flight;
}

void evolve(BreakerState& state, const CircuitClosed& event, const std::string& principal, Time time) {
  state.state = CircuitState::closed;
  state.closed_at = time;
  state.closed_reason = event.reason;
  state.closed_by = principal;
}

bool lets_runs_go_on(const BreakerState& state, const OpeningReaffirmed& event) {
  return state.in_flight == InFlight::stop && event.in_flight == InFlight::finish;
}

std::string hold_cause(const CircuitOpened& event, const std::string& principal) {
  const std::string what{cut(event.by_hand ? event.reason : event.error)};
  const std::string& who = !event.service.empty() ? event.service : event.by_hand ? principal : std::string{};
  if (who.empty()) return "circuit breaker opened: " + what;
  return "circuit breaker opened by " + who + ": " + what;
}

}  // namespace breakerd
