#pragma once

#include <string>
#include <vector>

namespace breakerd::http::test {

/// The members of a job as the API shows it, sorted.
inline const std::vector<std::string> job_keys{
    "attempts",    "campaign_id", "created_at",       "description",  "error",      "error_type",
    "expires_at",  "expiries",    "expiries_counted", "finished_at",  "id",         "job_type",
    "last_worker", "lease",       "max_attempts",     "max_expiries", "name",       "next_attempt_at",
    "payload",     "priority",    "progress",         "result",       "retry",      "run_at",
    "service",     "started_at",  "status",           "timeout_ms",   "unique_key", "updated_at",
    "worker"};

}  // namespace breakerd::http::test
