#pragma once
// What stands between a job and a worker: each condition with who, since when, and what ends it. Pure.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/why.hpp>

namespace breakerd {

namespace limits {
inline constexpr std::uint32_t jobs_ahead_max = 1'000;  ///< jobs before one in its lane, as far as they are counted
}

/// Who did something, and when; nothing when that is not known.
struct Deed {
  std::string by;
  Time at = no_time;
};

/// Ready jobs that are leased before a job of their lane.
struct JobsAhead {
  std::uint32_t all = 0;
  std::uint32_t of_its_type = 0;
  bool are_more = false;  ///< limits::jobs_ahead_max were counted, and there may be more
};

/// What the conditions of a job follow from, as it is at one moment.
struct JobSituation {
  const JobRow& job;
  const LaneRow& lane;
  const CampaignRow& campaign;  ///< of no campaign: an empty one
  const QueueState& queue;
  const BreakerState& breaker;
  Time now{};                ///< wall time
  bool gate_is_open = true;  ///< the gate may be shut while the circuit is closed
  Time lease_expires_at = no_time;
  Deed enqueued{};  ///< wanted of a job that waits for its run_at
  Deed ended{};     ///< wanted of one that has ended: by itself or with its campaign
  Deed paused{};    ///< wanted of one whose campaign is paused by an operator
  /// The plan that has parked the job, or the one that runs; null when there is none, or none that concerns the job.
  const JobCommandRow* plan = nullptr;
  JobsAhead ahead{};
  std::vector<std::pair<LeaseLimit, LimitUse>> limits{};  ///< on its service, its campaign and its type
  Time ramp_free_at = no_time;  ///< when the ramp of a plan lets the next job be leased; no_time: now

  [[nodiscard]] bool in_default_lane() const { return job.campaign.is_nil(); }
};

/// In the order of ConditionKind; none: a worker that asks for jobs of its type could have it now.
[[nodiscard]] std::vector<Condition> conditions_of(const JobSituation& situation);

}  // namespace breakerd
