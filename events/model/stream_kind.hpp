#pragma once
// Which stream of the log an event belongs to.

#include <cstdint>

namespace breakerd {

enum class StreamKind : std::uint8_t { breaker, queue, campaign, job };

}  // namespace breakerd
