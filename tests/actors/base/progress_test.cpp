#include <breakerd/actors/base/campaign_paces.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

SteadyTime after(std::chrono::milliseconds time) { return SteadyTime{std::chrono::hours{1}} + time; }

CampaignView campaign_of(std::uint8_t number) {
  CampaignView campaign;
  campaign.id.bytes[0] = number;
  campaign.status = CampaignStatus::running;
  campaign.job_counts.pending = 10;
  return campaign;
}

}  // namespace

TEST_CASE("jobs count for a minute, and then no more") {
  Progress progress{after(seconds{0})};
  progress.add(after(seconds{100}), 3);
  CHECK(progress.jobs_per_minute(after(seconds{100})) == 3);
  CHECK(progress.jobs_per_minute(after(seconds{159})) == 3);
  CHECK(progress.jobs_per_minute(after(seconds{160})) == 0);
  CHECK(progress.jobs_per_minute(after(std::chrono::hours{1})) == 0);
}

TEST_CASE("steps that came around again count what is new alone") {
  Progress progress{after(seconds{0})};
  for (int second = 0; second < 600; ++second) progress.add(after(seconds{second}), 2);
  CHECK(progress.jobs_per_minute(after(seconds{599})) == 120);
  CHECK(progress.jobs_per_minute(after(seconds{629})) == 60);
  progress.add(after(seconds{700}), 1);
  CHECK(progress.jobs_per_minute(after(seconds{700})) == 1);
  progress.add(after(seconds{1'300}), 1);
  CHECK(progress.jobs_per_minute(after(seconds{1'300})) == 1);
}

TEST_CASE("progress that is less than a minute old is scaled up to a minute") {
  Progress progress{after(seconds{0})};
  CHECK(progress.jobs_per_minute(after(seconds{0})) == 0);
  progress.add(after(milliseconds{500}), 1);
  CHECK(progress.jobs_per_minute(after(milliseconds{999})) == 60);
  CHECK(progress.jobs_per_minute(after(milliseconds{1'000})) == 30);
  CHECK(progress.jobs_per_minute(after(seconds{10})) == 5);  // 60 / 11, to the nearest
  CHECK(progress.jobs_per_minute(after(seconds{59})) == 1);
}

TEST_CASE("one job in a minute is never no job") {
  Progress progress{after(seconds{0})};
  progress.add(after(seconds{0}), 1);
  for (int second = 0; second < 60; ++second) CHECK(progress.jobs_per_minute(after(seconds{second})) >= 1);
}

TEST_CASE("a time before the last one counts as the last one") {
  Progress progress{after(seconds{0})};
  progress.add(after(seconds{90}), 1);
  progress.add(after(seconds{80}), 1);
  CHECK(progress.jobs_per_minute(after(seconds{70})) == 2);
  CHECK(progress.jobs_per_minute(after(seconds{150})) == 0);
}

TEST_CASE("the table has the campaigns that are awake, at the time of whoever looks") {
  SteadyTime now = after(seconds{0});
  CampaignPaces paces{[&] { return now; }};
  const CampaignView first = campaign_of(1);
  const CampaignView second = campaign_of(2);
  CHECK_FALSE(paces.of(first));
  Progress progress{now};
  {
    CampaignPaces::Place place{paces, first.id, progress};
    CHECK(paces.of(first).value().jobs_per_minute == 0);
    CHECK_FALSE(paces.of(second));
    now = after(seconds{59});
    progress.add(now, 5);
    place.publish(progress);
    CHECK(paces.of(first).value().jobs_per_minute == 5);
    CHECK(paces.of(first).value().eta_seconds == 120);
    now = after(seconds{119});
    CHECK(paces.of(first).value().jobs_per_minute == 0);
  }
  CHECK_FALSE(paces.of(first));
}

TEST_CASE("a campaign that is woken before its actor of before has ended keeps the later one's pace") {
  const SteadyTime now = after(seconds{0});
  CampaignPaces paces{[&] { return now; }};
  const CampaignView campaign = campaign_of(1);
  Progress of_before{now};
  std::optional<CampaignPaces::Place> before{std::in_place, paces, campaign.id, of_before};
  const CampaignPaces::Place later{paces, campaign.id, Progress{now}};
  of_before.add(now, 5);
  before->publish(of_before);
  CHECK(paces.of(campaign).value().jobs_per_minute == 0);
  before.reset();
  CHECK(paces.of(campaign));
}
