#pragma once
// When to stop waiting for the daemon.

#include <algorithm>
#include <chrono>
#include <functional>

namespace breakerd::cli {

/// A time that may come nearer while somebody waits for it.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  using Moving = std::function<Clock::time_point()>;

  /// How long a wait goes on before it looks again at a deadline that moves.
  static constexpr std::chrono::milliseconds look_again{20};

  /// `at`, or when `moving` (empty: never) says, whichever is earlier.
  explicit Deadline(Clock::time_point at, Moving moving = {}) : at_{at}, moving_{std::move(moving)} {}

  [[nodiscard]] Clock::time_point time() const { return moving_ ? std::min(at_, moving_()) : at_; }
  [[nodiscard]] bool passed() const { return Clock::now() >= time(); }
  [[nodiscard]] bool moves() const { return static_cast<bool>(moving_); }

  /// How far a wait may go before the next look.
  [[nodiscard]] Clock::time_point next_look() const {
    return moves() ? std::min(time(), Clock::now() + look_again) : at_;
  }

 private:
  Clock::time_point at_;
  Moving moving_;
};

}  // namespace breakerd::cli
