#pragma once
// Which statuses are ends.

#include <string>

namespace breakerd::simulation {

/// Of a job that has ended without having been done: it can be retried or discarded.
inline bool is_dead(const std::string& status) { return status == "FAILED" || status == "EXPIRED"; }

/// Of a job or a campaign that has ended.
inline bool is_end(const std::string& status) {
  return status == "COMPLETED" || status == "CANCELLED" || is_dead(status);
}

}  // namespace breakerd::simulation
