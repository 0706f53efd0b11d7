#pragma once
// Who works: what a list of workers shows. Plain values, and bounds of such a list.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

namespace limits {
inline constexpr std::size_t worker_jobs_max = 10;       ///< jobs that are named of one worker
inline constexpr std::size_t worker_leases_max = 1'000;  ///< leases of one worker that are looked at
}  // namespace limits

/// A job that a worker holds.
struct HeldJob {
  JobId id = 0;
  std::string job_type;
  CampaignId campaign{};
  Time since = no_time;       ///< when it was leased
  Time expires_at = no_time;  ///< when the lease ends, as far as is known
};

/// A worker that holds jobs, or whose leases wait for some. Kept in memory; no part of committed state.
struct WorkerView {
  std::string name;
  std::uint64_t in_flight = 0;  ///< jobs that it holds
  Time since = no_time;         ///< when the oldest of these leases was granted; no_time: it holds none
  /// Its last heartbeat, grant or lease that waits. After a start of the daemon: the last grant in the log, until the
  /// worker is heard of again.
  Time heard_at = no_time;
  std::uint64_t waiting_leases = 0;
  std::vector<HeldJob> jobs;  ///< those that were leased first, limits::worker_jobs_max at most
};

}  // namespace breakerd
