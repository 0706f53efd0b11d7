// Latencies in constant memory: buckets grow with the value, so that a percentile is within
// 1 % of the true one from a nanosecond to a quarter of an hour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "clock.hpp"

namespace breakerd::load {

class Histogram {
 public:
  Histogram();

  /// Counts one value; what lies outside [0, value_max] counts at the nearer end.
  void record(Nanos value) noexcept;

  /// The value below which `fraction` (0..1) of the counted values lie; 0 when there are none.
  [[nodiscard]] Nanos percentile(double fraction) const noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] Nanos max() const noexcept { return max_; }

  static constexpr Nanos value_max = (Nanos{1} << 40) - 1;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Nanos max_ = 0;
};

}  // namespace breakerd::load
