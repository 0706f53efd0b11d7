// The load generator's only clock: monotonic nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

namespace breakerd::load {

using Nanos = std::int64_t;

inline constexpr Nanos nanos_per_second = 1'000'000'000;
inline constexpr double nanos_per_microsecond = 1'000.0;

/// Monotonic time in nanoseconds. Never fails on Linux.
[[nodiscard]] inline Nanos monotonic_now() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * nanos_per_second + time.tv_nsec;
}

[[nodiscard]] inline double to_seconds(Nanos nanos) noexcept {
  return static_cast<double>(nanos) / static_cast<double>(nanos_per_second);
}

[[nodiscard]] inline Nanos to_nanos(double seconds) noexcept {
  return static_cast<Nanos>(seconds * static_cast<double>(nanos_per_second));
}

}  // namespace breakerd::load
