#pragma once
// A job as GET /api/v1/jobs/{id} shows it.

#include <breakerd/http/api/backend.hpp>

namespace breakerd::http {

/// Reads committed state and builds the body of a success. `times` may be null. `shown`, if there is one, gets the job.
[[nodiscard]] Backend::Read job_read(JobId id, const LeaseTimes* times, std::shared_ptr<JobView> shown = nullptr);

}  // namespace breakerd::http
