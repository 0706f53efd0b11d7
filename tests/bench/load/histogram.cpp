#include "histogram.hpp"

#include <algorithm>
#include <bit>

namespace breakerd::load {
namespace {

// Every power of two is cut into 128 buckets; values below 128 have one each.
constexpr unsigned precision_bits = 7;
constexpr std::size_t buckets_per_power = std::size_t{1} << precision_bits;
constexpr std::size_t value_bits = 40;
constexpr std::size_t bucket_count = (value_bits - precision_bits + 1) * buckets_per_power;

std::size_t bucket_of(std::uint64_t value) noexcept {
  if (value < buckets_per_power) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - precision_bits - 1;
  return shift * buckets_per_power + (value >> shift);
}

Nanos middle_of(std::size_t bucket) noexcept {
  if (bucket < 2 * buckets_per_power) return static_cast<Nanos>(bucket);
  const auto shift = bucket / buckets_per_power - 1;
  const auto low = (bucket - shift * buckets_per_power) << shift;
  return static_cast<Nanos>(low + ((std::size_t{1} << shift) / 2));
}

}  // namespace

Histogram::Histogram() : buckets_(bucket_count) {}

void Histogram::record(Nanos value) noexcept {
  value = std::clamp(value, Nanos{0}, value_max);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
  ++count_;
  max_ = std::max(max_, value);
}

Nanos Histogram::percentile(double fraction) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(fraction * static_cast<double>(count_ - 1)) + 1;
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) return std::min(middle_of(bucket), max_);
  }
  return max_;
}

}  // namespace breakerd::load
