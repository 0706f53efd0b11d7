#pragma once
// Payloads and results are kept beside the events that bring them, in a table of their own (storage/tables/table.hpp).
// An event has only what is needed to find a change in them. So they can go before their events do, and the chain of
// hashes stays whole.

#include <array>
#include <cstdint>

namespace breakerd {

/// Random bytes that are hashed with a payload and go with it. Without them its hash cannot be compared with that of a
/// guess.
using Salt = std::array<std::uint8_t, 16>;

/// What an event says of its payload.
struct PayloadRef {
  std::uint64_t bytes = 0;              ///< 0: it has none, or has it in itself, as older events have
  std::array<std::uint8_t, 32> hash{};  ///< SHA-256 (salt | payload)
  Salt salt{};                          ///< to be drawn by whoever makes the event; not part of it

  [[nodiscard]] bool exists() const { return bytes > 0; }
};

}  // namespace breakerd
