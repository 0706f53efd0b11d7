#pragma once
// Virtual time: what is to happen, in its order, and the clock that all of the simulation reads. Time moves only when
// it is told to.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <breakerd/events/model/clock.hpp>

namespace breakerd::simulation {

/// Since the beginning of the simulation.
using Moment = std::chrono::microseconds;

class Timeline final : public Clock {
 public:
  [[nodiscard]] Moment now() const { return now_; }

  /// What is due at the same moment happens in the order in which it was asked for.
  void at(Moment moment, std::function<void()> then);
  void after(Duration delay, std::function<void()> then) { at(now_ + delay, std::move(then)); }

  /// When the next thing is due.
  [[nodiscard]] std::optional<Moment> next() const;
  /// Not backwards. What has come due happens with the next run_due().
  void advance_to(Moment moment);
  /// Does one thing that is due. False: nothing is.
  bool run_due();

  /// The calendar's time jumps; what is due does not care.
  void jump(Duration by) { wall_offset_ += by; }

  [[nodiscard]] Time wall() const override { return beginning + now_ + wall_offset_; }
  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{now_}; }

 private:
  static constexpr Time beginning{std::chrono::seconds{1'800'000'000}};

  Moment now_{0};
  Duration wall_offset_{0};
  std::uint64_t asked_ = 0;
  std::map<std::pair<Moment, std::uint64_t>, std::function<void()>> due_;
};

}  // namespace breakerd::simulation
