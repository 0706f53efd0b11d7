#pragma once
// How many jobs the rollout lets leases have, and when leases that wait may have the next ones. The rules are in
// events/rules/rollout.hpp and ramp.hpp. No actor, no clock: times come in.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/rules/ramp.hpp>
#include <breakerd/events/rules/rollout.hpp>

namespace breakerd {

/// Leases that wait are offered jobs no oftener than this, and then several at once. Less than what a ramp keeps for
/// those who come late (ramp.cpp), so that none is lost.
inline constexpr std::chrono::milliseconds ramp_grain{10};

class RolloutGate {
 public:
  /// The rollout has changed, or was read again. `elapsed`: of its ramp, if that is not known yet.
  void follow(const Rollout& rollout, Duration elapsed, SteadyTime now, RampMeter::Bucket bucket) {
    if (rollout.phase != RolloutPhase::ramp) {
      command_ = 0;
      ramp_.stop();
    } else if (command_ != rollout.command) {
      command_ = rollout.command;
      ramp_.start(rollout.ramp, now - std::max(elapsed, Duration{0}), now, bucket);
    }
  }

  /// Whether there is a ramp.
  [[nodiscard]] bool runs() const { return ramp_.runs(); }
  /// Of the ramp there is.
  [[nodiscard]] SteadyTime ends_at() const { return ramp_.ends_at(); }
  [[nodiscard]] SteadyTime free_at() const { return ramp_.free_at(); }

  /// Jobs that may be leased now; SIZE_MAX: any number.
  [[nodiscard]] std::size_t room(const Rollout& rollout, SteadyTime now) const {
    return std::min(canary_room(rollout), ramp_.room(now));
  }
  /// A job is leased now.
  void lease(SteadyTime now) { ramp_.lease(now); }

  /// A lease got fewer jobs than it has asked for, because there was no room.
  void deny() { has_denied_ = true; }
  /// Whether there is room again for those who were denied. Once for each time there is.
  [[nodiscard]] bool take_freed(const Rollout& rollout, SteadyTime now) {
    const bool is_early = ramp_.runs() && now < offered_at_ + ramp_grain;
    if (!has_denied_ || is_early || room(rollout, now) == 0) return false;
    has_denied_ = false;
    offered_at_ = now;
    return true;
  }
  /// When it will be so by time alone.
  [[nodiscard]] std::optional<SteadyTime> next_freed() const {
    if (!has_denied_ || !ramp_.runs()) return std::nullopt;
    return std::max(ramp_.free_at(), offered_at_ + ramp_grain);
  }

 private:
  RampMeter ramp_;
  std::uint64_t command_ = 0;  ///< whose ramp it is
  bool has_denied_ = false;
  SteadyTime offered_at_{};  ///< the last time that those who were denied could have jobs
};

}  // namespace breakerd
