#pragma once
// The rules of the one global circuit. Pure: no clock, no I/O, no throw. There is no third state and no timer; only
// CloseCircuit, asked by somebody, closes.

#include <optional>
#include <string>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// CircuitOpened when CLOSED, FailureRecorded when OPEN: a failure is never refused. `by_default`: what becomes of runs
/// that are in flight; a failure does not choose.
[[nodiscard]] EventData decide(const BreakerState& state, const RecordFailure& command, InFlight by_default);

/// CircuitOpened when CLOSED, OpeningReaffirmed when OPEN. `by_default`: for an opening that does not choose; one that
/// is there keeps its choice until somebody makes another.
[[nodiscard]] EventData decide(const BreakerState& state, const OpenCircuit& command, InFlight by_default);

/// nullopt when it is CLOSED already, but wrong_state when there is a plan: that is for resume-queue then.
/// circuit_changed when `command.epoch` names another opening than the current one.
[[nodiscard]] Result<std::optional<CircuitClosed>> decide(const BreakerState& state, const CloseCircuit& command);

/// True for a command that opens the circuit when it is CLOSED: RecordFailure, OpenCircuit, and FailJob that names a
/// service.
[[nodiscard]] bool asks_to_open(const Command& command);

void evolve(BreakerState& state, const CircuitOpened& event, const std::string& principal, Time time);
void evolve(BreakerState& state, const FailureRecorded& event, const std::string& principal, Time time);
void evolve(BreakerState& state, const OpeningReaffirmed& event, const std::string& principal, Time time);
void evolve(BreakerState& state, const CircuitClosed& event, const std::string& principal, Time time);

/// Whether runs that were told to stop go on from this event on.
[[nodiscard]] bool lets_runs_go_on(const BreakerState& state, const OpeningReaffirmed& event);

/// What a campaign held by this opening says after "Paused: ".
[[nodiscard]] std::string hold_cause(const CircuitOpened& event, const std::string& principal);

}  // namespace breakerd
