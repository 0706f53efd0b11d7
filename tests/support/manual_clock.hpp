#pragma once
// A clock that stands still until a test tells it to go on.

#include <atomic>

#include <breakerd/events/model/clock.hpp>

namespace breakerd::test {

/// All functions: any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time wall = Time{std::chrono::hours{1'000}}) : wall_{wall} {}

  [[nodiscard]] Time wall() const override { return wall_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }

  /// Both times go on.
  void advance(Duration by) {
    wall_ = wall_.load() + by;
    steady_ = steady_.load() + by;
  }

 private:
  std::atomic<Time> wall_;
  std::atomic<SteadyTime> steady_{SteadyTime{std::chrono::hours{1}}};
};

}  // namespace breakerd::test
