#pragma once
// How work goes on after a close or resume-queue whose plan says so: a few jobs first (the canary), and then more and
// more of them (the ramp). Plain values; the rules are in rules/rollout.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// No more than so many leases a second, and evenly more or less of them over a time. When that is over, any number.
struct Ramp {
  std::uint64_t from_thousandths = 0;  ///< leases in 1,000 seconds, so 1 is 0.001 per second, as it begins; at least 1
  std::uint64_t to_thousandths = 0;    ///< the same as it ends; at least 1, and less than at first if it slows down
  std::uint64_t over_ms = 0;           ///< at least 1

  friend bool operator==(const Ramp&, const Ramp&) = default;
};

/// The numbers are stored.
enum class RolloutPhase : std::uint8_t {
  none = 0,
  canary = 1,  ///< no more jobs than the canary's are leased
  ramp = 2,
};
inline constexpr std::uint64_t rollout_phases = 3;

/// Of a rollout that is over: why. The numbers are stored.
enum class RolloutEnd : std::uint8_t {
  done = 0,      ///< the ramp's time is over
  stopped = 1,   ///< by somebody
  opened = 2,    ///< the circuit has opened
  replaced = 3,  ///< by a newer plan
};
inline constexpr std::uint64_t rollout_ends = 4;

/// "none", "canary", "ramp".
[[nodiscard]] std::string_view to_string(RolloutPhase phase);
/// "done", "stopped", "opened", "replaced".
[[nodiscard]] std::string_view to_string(RolloutEnd end);

/// A job of the canary that a worker has.
struct CanaryJob {
  std::uint64_t job = 0;
  CampaignId campaign{};

  friend bool operator==(const CanaryJob&, const CanaryJob&) = default;
};

/// The one that there is.
struct Rollout {
  RolloutPhase phase = RolloutPhase::none;
  std::uint64_t command = 0;         ///< the plan's; it may have ended long since. 0: there is no rollout
  std::string principal;             ///< who gave the plan
  Time began_at = no_time;           ///< when, in wall time
  std::uint32_t canary = 0;          ///< jobs that must succeed; 0: the plan has no canary
  std::uint32_t succeeded = 0;       ///< of them
  std::vector<CanaryJob> in_flight;  ///< of the canary, in the order of their leases
  Ramp ramp;                         ///< over_ms is 0: the plan has none
  Time ramp_began_at = no_time;      ///< in wall time; no_time: not yet
  Time ramp_since = no_time;         ///< the same in queue time

  [[nodiscard]] bool exists() const { return phase != RolloutPhase::none; }
  [[nodiscard]] bool has_ramp() const { return ramp.over_ms != 0; }
  friend bool operator==(const Rollout&, const Rollout&) = default;
};

}  // namespace breakerd
