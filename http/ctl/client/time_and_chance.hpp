#pragma once
// Where a run of breakerctl has the time and chance from.

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/randomness.hpp>

namespace breakerd::ctl {

/// Both outlive the run. Waits are real all the same: for a child, a socket, a lookup.
struct TimeAndChance {
  const Clock* clock = &machine_clock();
  Randomness* randomness = &machine_randomness();
};

}  // namespace breakerd::ctl
