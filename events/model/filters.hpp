#pragma once
// Which jobs and events a read is about.

#include <optional>
#include <string>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Every given part must match; `status` is compared with the shown status.
struct JobFilter {
  std::optional<JobStatus> status;
  std::optional<CampaignId> campaign;
  std::string job_type;
  std::string service{};
  std::string error_contains{};  ///< a part of the error that is shown
  Time ended_by = no_time;       ///< it has ended, at this time or before
};

/// Empty parts match everything.
struct EventFilter {
  std::string type;         ///< e.g. "CircuitOpened"; an unknown name is `invalid`
  std::string stream;       ///< "breaker", "queue", "campaign-<uuid>" or "job-<id>"; anything else is `invalid`
  std::string principal{};  ///< who caused it, e.g. "anonymous@127.0.0.1"
};

}  // namespace breakerd
