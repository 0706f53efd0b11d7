#pragma once
// When a job's lease ends: the one thing about a job that committed state does not have.

#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

/// When the lease of this job ends; no_time: not known, or it has none. `times` may be null. Any thread.
[[nodiscard]] inline Time lease_end(JobId job, const LeaseTimes* times) {
  return times == nullptr ? no_time : times->find(job).value_or(no_time);
}

/// Fills in `job.lease_expires_at` when the job is leased and its end is known. `times` may be null. Any thread.
inline void fill_lease_end(JobView& job, const LeaseTimes* times) {
  if (job.is_leased()) job.lease_expires_at = lease_end(job.row.id, times);
}

}  // namespace breakerd::http
