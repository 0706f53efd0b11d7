#include <breakerd/events/rules/backoff.hpp>

#include <algorithm>

namespace breakerd {
namespace {

/// Before jitter.
std::uint64_t whole_delay_ms(const Backoff& backoff, std::uint32_t attempt) {
  switch (backoff.kind) {
    case BackoffKind::fixed:
      return std::min(backoff.base_ms, backoff.max_ms);
    case BackoffKind::exponential: {
      std::uint64_t delay = backoff.base_ms;
      if (backoff.factor > 1 && delay > 0)
        for (std::uint32_t i = 1; i < attempt && delay < backoff.max_ms; ++i) delay *= backoff.factor;
      return std::min<std::uint64_t>(delay, backoff.max_ms);
    }
    case BackoffKind::list: {
      const std::size_t last = backoff.delays_ms.size() - 1;
      return std::min(backoff.delays_ms[std::min<std::size_t>(attempt - 1, last)], backoff.max_ms);
    }
  }
  return 0;
}

}  // namespace

std::uint32_t retry_delay_ms(const Backoff& backoff, std::uint32_t attempt, std::uint64_t chance) {
  const std::uint64_t delay = whole_delay_ms(backoff, attempt);
  return static_cast<std::uint32_t>(backoff.jitter == Jitter::full ? chance % (delay + 1) : delay);
}

}  // namespace breakerd
