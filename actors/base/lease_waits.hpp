#pragma once
// How many leases wait for jobs, and how many may. Outlives the actors. Any thread.

#include <atomic>
#include <cstddef>

namespace breakerd {

/// As many as may wait when nothing else is said.
inline constexpr std::size_t waiting_leases_max = 10'000;

struct LeaseWaits {
  std::size_t max = waiting_leases_max;  ///< set before there are actors
  std::atomic<std::size_t> count{0};     ///< written by the queue actor alone
};

}  // namespace breakerd
