#pragma once
// How many jobs a ramp lets workers have, and when. Pure: times come in. One thread at a time.
//
// A ramp is a token bucket whose rate changes evenly. The tokens that there have been by a time are the area under the
// rate up to then. As in the generic cell rate algorithm (ITU-T I.371) one number is remembered: the count of tokens at
// which the next job may be leased.

#include <cstddef>
#include <cstdint>
#include <optional>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/rollout.hpp>

namespace breakerd {

/// Jobs that are leased in 1,000 seconds, `elapsed_ms` after the ramp has begun; to_thousandths when it is over.
[[nodiscard]] std::uint64_t rate_at(const Ramp& ramp, std::uint64_t elapsed_ms);

/// In how many milliseconds of the ramp so many jobs are leased; all of its time when they are more than it lets go,
/// because the rest are then leased at once.
[[nodiscard]] std::uint64_t drain_ms(const Ramp& ramp, std::uint64_t jobs);

/// Keeps leases to a ramp.
class RampMeter {
 public:
  /// What there is to take at first. After a start of the process nobody knows what was leased just before.
  enum class Bucket : std::uint8_t { full, empty };

  /// The ramp began at `began`, which is not after `now`.
  void start(const Ramp& ramp, SteadyTime began, SteadyTime now, Bucket bucket);
  void stop() { runs_ = false; }
  /// Whether one was started. Its time may be over.
  [[nodiscard]] bool runs() const { return runs_; }

  /// How many jobs may be leased now; SIZE_MAX: any number.
  [[nodiscard]] std::size_t room(SteadyTime now) const;
  /// A job is leased now.
  void lease(SteadyTime now);
  /// When the next job may be leased, or the ramp's time is over. Only while it runs.
  [[nodiscard]] SteadyTime free_at() const;
  /// When the ramp's time is over. Only while it runs.
  [[nodiscard]] SteadyTime ends_at() const { return began_ + std::chrono::milliseconds{ramp_.over_ms}; }

 private:
  [[nodiscard]] double tokens_at(SteadyTime now) const;
  /// Where the next token is counted from: what nobody took in time is lost.
  [[nodiscard]] double next_at(SteadyTime now) const;

  bool runs_ = false;
  Ramp ramp_;
  SteadyTime began_{};
  double next_ = 0;  ///< tokens at which the next job may be leased
};

}  // namespace breakerd
