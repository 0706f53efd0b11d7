#pragma once
// When to stop waiting for the daemon.

#include <algorithm>
#include <chrono>
#include <functional>

#include <breakerd/events/model/clock.hpp>

namespace breakerd::ctl {

/// A time that may come nearer while somebody waits for it.
class Deadline {
 public:
  using Moving = std::function<SteadyTime()>;

  /// How long a wait goes on before it looks again at a deadline that moves.
  static constexpr std::chrono::milliseconds look_again{20};

  /// `at`, or when `moving` (empty: never) says, whichever is earlier, by a clock that outlives this.
  Deadline(const Clock& clock, SteadyTime at, Moving moving = {})
      : clock_{clock}, at_{at}, moving_{std::move(moving)} {}

  [[nodiscard]] SteadyTime time() const { return moving_ ? std::min(at_, moving_()) : at_; }
  [[nodiscard]] bool passed() const { return clock_.steady() >= time(); }
  [[nodiscard]] bool moves() const { return static_cast<bool>(moving_); }

  /// How far a wait may go before the next look.
  [[nodiscard]] SteadyTime next_look() const { return moves() ? std::min(time(), clock_.steady() + look_again) : at_; }

 private:
  const Clock& clock_;
  SteadyTime at_;
  Moving moving_;
};

}  // namespace breakerd::ctl
