#pragma once
// A flight of one command whose answer is a callback.

#include <functional>
#include <string>

#include "actors/flight.hpp"

namespace breakerd {

/// Gets the outcome, once.
using OnOutcome = std::function<void(Outcome)>;

/// `on_outcome` is called from the thread of the actor that lands the flight; if no actor ever does, because they have
/// ended, with `dropped` from the thread that lets go of it last. What it throws goes to `log_line`.
[[nodiscard]] FlightPtr make_callback_flight(Command command, std::string principal, OnOutcome on_outcome,
                                             Error dropped, std::function<void(const std::string&)> log_line);

}  // namespace breakerd
