#pragma once
// When a job's lease ends, and how far its worker is: what committed state does not have about a job.

#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

/// When the lease of this job ends; no_time: not known, or it has none. `times` may be null. Any thread.
[[nodiscard]] inline Time lease_end(JobId job, const LeaseTimes* times) {
  return times == nullptr ? no_time : times->find(job).value_or(no_time);
}

/// Fills in `job.lease_expires_at` and `job.progress` when the job is leased and they are known. `times` may be null.
/// Any thread.
inline void fill_lease_end(JobView& job, const LeaseTimes* times) {
  if (!job.is_leased() || times == nullptr) return;
  job.lease_expires_at = lease_end(job.row.id, times);
  job.progress = times->progress(job.row.id);
}

}  // namespace breakerd::http
