#include <breakerd/events/rules/pace.hpp>

namespace breakerd {

Pace pace_of(const CampaignView& campaign, std::uint64_t jobs_per_minute) {
  Pace pace{jobs_per_minute};
  if (jobs_per_minute == 0 || campaign.status != CampaignStatus::running) return pace;
  const JobCounts& jobs = campaign.job_counts;
  const std::uint64_t left = jobs.pending + jobs.processing + jobs.paused;
  pace.eta_seconds = (left * 60 + jobs_per_minute - 1) / jobs_per_minute;
  return pace;
}

}  // namespace breakerd
