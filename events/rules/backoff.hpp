#pragma once
// When a job is tried again after a failure of its own. Pure.

#include <cstdint>

#include <breakerd/events/model/backoff.hpp>

namespace breakerd {

/// Milliseconds between failure number `attempt` (from 1) and the next attempt. `chance` is a number of which each
/// value is as likely as any other; it is used where there is jitter.
[[nodiscard]] std::uint32_t retry_delay_ms(const Backoff& backoff, std::uint32_t attempt, std::uint64_t chance);

}  // namespace breakerd
