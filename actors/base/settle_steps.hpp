#pragma once
// In which order the leases of one call end. Reports of service failures go to the breaker, all else to the queue, so a
// call with both takes several steps. Pure.

#include <cstddef>
#include <span>
#include <vector>

#include <breakerd/events/model/commands.hpp>

namespace breakerd {

struct SettleStep {
  bool opens = false;              ///< reports of service failures, for the breaker; else all are the queue's
  std::vector<std::size_t> items;  ///< indexes, ascending
};

/// `ends` are CompleteJob, FailJob, ReleaseJob, and RecordFailure for a report of which only the failure counts.
/// Reports that open come first, so that the gate is shut at once; except that what is said of one job keeps its order.
/// Each step begins when the one before it is durable. Without reports that open there is one step; of nothing there is
/// none.
[[nodiscard]] std::vector<SettleStep> settle_steps(std::span<const Command> ends);

}  // namespace breakerd
