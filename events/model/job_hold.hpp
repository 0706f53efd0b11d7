#pragma once
// A hold on jobs: those of a service, of a job type, of a campaign, or of several of these together are not leased
// while it is there. Plain values.

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
  CampaignId campaign{};  ///< nil: of any campaign and of none
  Time since{};           ///< placed_at in queue time

  /// Whether it covers jobs of this class in the lane of this campaign.
  [[nodiscard]] bool covers(const JobClass& jobs, const LaneId& lane) const {
    return (job_type.empty() || job_type == jobs.job_type) && (service.empty() || service == jobs.service) &&
           (campaign.is_nil() || campaign == lane);
  }
  /// It covers all jobs of its campaign.
  [[nodiscard]] bool is_on_campaign() const { return !campaign.is_nil() && job_type.empty() && service.empty(); }
  friend bool operator==(const JobHold&, const JobHold&) = default;
};

}  // namespace breakerd
