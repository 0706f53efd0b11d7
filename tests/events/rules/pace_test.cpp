#include <breakerd/events/rules/pace.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

CampaignView with_jobs(CampaignStatus status, JobCounts jobs) {
  CampaignView campaign;
  campaign.status = status;
  campaign.job_counts = jobs;
  return campaign;
}

JobCounts jobs_left(std::uint64_t pending, std::uint64_t processing) {
  JobCounts jobs;
  jobs.pending = pending;
  jobs.processing = processing;
  jobs.completed = 1'000;
  return jobs;
}

std::optional<std::uint64_t> eta(std::uint64_t left, std::uint64_t jobs_per_minute) {
  return pace_of(with_jobs(CampaignStatus::running, jobs_left(left, 0)), jobs_per_minute).eta_seconds;
}

}  // namespace

TEST_CASE("what is left of a campaign takes its time at the pace of the last minute, rounded up") {
  CHECK(eta(120, 60) == 120);
  CHECK(eta(1, 60) == 1);
  CHECK(eta(1, 120) == 1);
  CHECK(eta(7, 3) == 140);
  CHECK(eta(10, 7) == 86);
  CHECK(eta(0, 3) == 0);
}

TEST_CASE("jobs that workers hold are left to end, and those that have ended are not") {
  CHECK(pace_of(with_jobs(CampaignStatus::running, jobs_left(3, 2)), 60).eta_seconds == 5);
}

TEST_CASE("the end of a campaign in which no job ends is not told") {
  CHECK(eta(7, 0) == std::nullopt);
  CHECK(pace_of(with_jobs(CampaignStatus::running, jobs_left(7, 0)), 0).jobs_per_minute == 0);
}

TEST_CASE("the end of a campaign that does not run is not told, and its pace is") {
  for (const auto status : {CampaignStatus::created, CampaignStatus::paused, CampaignStatus::completed,
                            CampaignStatus::failed, CampaignStatus::cancelled}) {
    const Pace pace = pace_of(with_jobs(status, jobs_left(7, 1)), 60);
    CHECK(pace.jobs_per_minute == 60);
    CHECK(pace.eta_seconds == std::nullopt);
  }
}
