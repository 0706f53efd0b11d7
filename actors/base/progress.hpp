#pragma once
// How many jobs have ended in the last minute.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include <breakerd/events/model/clock.hpp>

namespace breakerd {

/// A moving sum over sixty steps of a second each. Not a rate with exponential weights: a sum is what the log has of
/// that minute, so it can be checked, and it is 0 again a minute after the last job. Plain value, no clock: times are
/// handed in, and one that is earlier than the last counts as the last.
class Progress {
 public:
  explicit Progress(SteadyTime since) : first_step_{step_of(since)}, last_step_{first_step_} {}

  void add(SteadyTime now, std::uint32_t jobs) {
    const std::int64_t step = std::max(step_of(now), last_step_);
    const std::int64_t skipped = std::min(step - last_step_, steps);
    for (std::int64_t i = 0; i < skipped; ++i) at(step - i) = 0;
    last_step_ = step;
    at(step) += jobs;
  }

  /// Of the last minute up to `now`, to the nearest number. Before it is a minute old, what there was is scaled up to a
  /// minute. 0 exactly when no job has ended in it.
  [[nodiscard]] std::uint64_t jobs_per_minute(SteadyTime now) const {
    const std::int64_t step = std::max(step_of(now), last_step_);
    const std::int64_t begin = std::max(step - steps + 1, first_step_);
    std::uint64_t jobs = 0;
    for (std::int64_t each = begin; each <= last_step_; ++each) jobs += at(each);
    const auto seconds = static_cast<std::uint64_t>(step - begin + 1);
    return (jobs * steps + seconds / 2) / seconds;
  }

 private:
  static constexpr std::int64_t steps = 60;

  static std::int64_t step_of(SteadyTime time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  }
  [[nodiscard]] std::uint32_t& at(std::int64_t step) { return jobs_[static_cast<std::size_t>(step % steps)]; }
  [[nodiscard]] std::uint32_t at(std::int64_t step) const { return jobs_[static_cast<std::size_t>(step % steps)]; }

  std::array<std::uint32_t, steps> jobs_{};
  std::int64_t first_step_;
  std::int64_t last_step_;
};

}  // namespace breakerd
