#pragma once
// What an operator reads in the daemon's log of changes of the circuit and of holds: one line for each append. And of
// schedules that breakerd pauses by itself.

#include <optional>
#include <span>
#include <string>

#include <breakerd/events/model/event.hpp>

namespace breakerd {

/// The line for an append that was kept: an opening, a request for one that there was, a close, a hold for a service,
/// or the end of holds, with epoch, principal, reason and counts. nullopt for everything else. Texts of clients are
/// quoted, escaped and cut, so that a line stays one line.
[[nodiscard]] std::optional<std::string> circuit_line(std::span<const Event> append);

/// The line for an event that was kept, when breakerd has paused a schedule by itself; nullopt for everything else.
[[nodiscard]] std::optional<std::string> own_pause_line(const Event& event);

}  // namespace breakerd
