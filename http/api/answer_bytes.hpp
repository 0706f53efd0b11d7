#pragma once
// What answers may take in memory: counted before they are made.

#include <cstddef>

#include <breakerd/events/model/commands.hpp>

namespace breakerd::http {

/// The body of a page ends before the item that would take it over this; the first item always has room.
inline constexpr std::size_t page_bytes_max = 1 << 20;

/// A page, and the one item that may pass its end.
inline constexpr std::size_t page_answer_bytes = page_bytes_max + (700 << 10);

/// The answer to `command`, and what of it the core holds meanwhile. 0: little enough to wait for nobody, as all that
/// is about the circuit.
[[nodiscard]] std::size_t answer_bytes(const Command& command);

}  // namespace breakerd::http
