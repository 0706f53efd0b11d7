#pragma once
// When a job's lease ends: the one thing about a job that committed state does not have.

#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

/// Fills in `job.lease_expires_at` when the job is leased and its end is known. `times` may be null. Any thread.
inline void fill_lease_end(JobView& job, const LeaseTimes* times) {
  if (times == nullptr || !job.is_leased()) return;
  if (const auto expires = times->find(job.row.id)) job.lease_expires_at = *expires;
}

}  // namespace breakerd::http
