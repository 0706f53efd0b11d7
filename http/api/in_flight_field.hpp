#pragma once
// What a call that opens the circuit says of runs that are in flight, and what its answer says of them.

#include <optional>
#include <string>

#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

/// The field `in_flight`, which is empty when it was not given. Refuses any other text than "finish" and "stop".
[[nodiscard]] std::optional<InFlight> read_in_flight(Call& call, const std::string& text);

/// The end of the message about an opening. Empty for one that opened and stops runs, as every opening once did, and
/// where the circuit was OPEN already and nothing has changed.
[[nodiscard]] std::string choice_message(const CircuitAnswer& answer);

}  // namespace breakerd::http
