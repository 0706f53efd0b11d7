#pragma once
// How long a job waits after a failure of its own. The rule that makes a time of it: events/rules/backoff.hpp.

#include <cstdint>
#include <vector>

namespace breakerd {

enum class BackoffKind : std::uint8_t {
  fixed = 0,        ///< base_ms each time
  exponential = 1,  ///< base_ms after the first failure, then `factor` times as long after each
  list = 2,         ///< delays_ms, one after the other; the last one is kept
};

enum class Jitter : std::uint8_t {
  none = 0,
  full = 1,  ///< any time from 0 to the delay, each as likely ("full jitter", M. Brooker, AWS Architecture Blog, 2015)
};

/// The default is what a job has that says nothing of it.
struct Backoff {
  BackoffKind kind = BackoffKind::exponential;
  Jitter jitter = Jitter::full;
  std::uint32_t base_ms = 1'000;           ///< 0 to limits::retry_delay_ms_max
  std::uint32_t max_ms = 10 * 60'000;      ///< no delay is longer. 0 to limits::retry_delay_ms_max
  std::uint32_t factor = 2;                ///< 1 to limits::backoff_factor_max
  std::vector<std::uint32_t> delays_ms{};  ///< of a list: 1 to limits::backoff_delays_max

  friend bool operator==(const Backoff&, const Backoff&) = default;
};

}  // namespace breakerd
