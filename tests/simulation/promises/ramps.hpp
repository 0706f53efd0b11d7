#pragma once
// What is promised of a ramp's leases: the rate goes evenly from one number to another, and over any time no more jobs
// are leased than the area under it, 5 % and one job.

#include <cstdint>
#include <string>
#include <vector>

namespace breakerd::simulation {

/// Leases per second, over a time. Times are microseconds of queue time since the ramp has begun.
struct RampShape {
  std::uint64_t from_thousandths = 0;  ///< leases in 1,000 seconds
  std::uint64_t to_thousandths = 0;
  std::uint64_t over_ms = 0;  ///< 0: there is no ramp

  bool exists() const { return over_ms != 0; }
  std::int64_t over_us() const { return static_cast<std::int64_t>(1'000 * over_ms); }
  /// Leases per second, then.
  double rate(std::int64_t us) const;
  /// Leases between the two.
  double area(std::int64_t from_us, std::int64_t to_us) const;
  friend bool operator==(const RampShape&, const RampShape&) = default;
};

/// The leases of one ramp.
class RampLeases {
 public:
  /// It begins.
  explicit RampLeases(RampShape shape = {}) : shape_{shape} {}

  /// A job is leased. What is wrong with that; empty: nothing.
  std::string lease(std::int64_t us);
  /// The daemon was started, at the earliest then: it has nothing to give at first. `is_known`: how much time lies
  /// between the leases before and those behind it.
  void restart(std::int64_t us, bool is_known);

  /// Whether about as many jobs were leased as the ramp allows, if somebody has waited for each all the time, up to
  /// `us`: what is wrong; empty: nothing.
  std::string lagged(std::int64_t us) const;

 private:
  RampShape shape_;
  std::vector<std::int64_t> leases_;  ///< when, since the time between them is known
  bool was_restarted_ = false;
  std::int64_t restarted_us_ = 0;
  std::size_t since_restart_ = 0;  ///< so many of the leases
};

}  // namespace breakerd::simulation
