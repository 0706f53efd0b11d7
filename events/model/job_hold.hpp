#pragma once
// A hold on jobs: those of a service, of a job type, or of both are not leased while it is there. Plain values.

#include <cstdint>
#include <string>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

using JobHoldId = std::uint64_t;  ///< from 1, in the order in which they are placed

/// Jobs of one lane that are held and leased alike.
struct JobClass {
  std::string job_type;
  std::string service;

  friend auto operator<=>(const JobClass&, const JobClass&) = default;
};

struct JobHold {
  JobHoldId id = 0;
  std::string job_type;  ///< empty: of any type
  std::string service;   ///< empty: of any service and of none
  std::string reason;
  std::string principal;
  Time placed_at{};

  [[nodiscard]] bool covers(const JobClass& jobs) const {
    return (job_type.empty() || job_type == jobs.job_type) && (service.empty() || service == jobs.service);
  }
  friend bool operator==(const JobHold&, const JobHold&) = default;
};

}  // namespace breakerd
