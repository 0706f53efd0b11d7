// When the queue lets a campaign rest, and what it tells of campaigns that are not known to be awake.

#include "tests/actors/core/queue_story.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::test;

TEST_CASE("a campaign may rest when it has no lease, whether its lane is in memory or not") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue(campaign);
  CHECK(story.core.let_rest(campaign));
  const LeasedJob job = story.lease_one();
  CHECK_FALSE(story.core.let_rest(campaign));
  story.restart();
  CHECK_FALSE(story.core.let_rest(campaign));
  story.release(job);
  CHECK(story.core.let_rest(campaign));
  story.restart();
  CHECK(story.core.let_rest(campaign));
}

TEST_CASE("a campaign does not rest before it was told of its ended jobs") {
  QueueStory story;
  const CampaignId campaign = story.running();
  story.enqueue(campaign);
  story.complete(story.lease_one());
  CHECK_FALSE(story.core.let_rest(campaign));
  CHECK(story.core.take_ended_jobs().campaigns.empty());  // it is not known to be in the log
  story.lease();                                          // the next turn knows
  const JobsEnded ended = story.core.take_ended_jobs();
  REQUIRE(ended.campaigns.size() == 1);
  CHECK(ended.campaigns[0].campaign == campaign);
  CHECK(ended.campaigns[0].jobs == 1);
  CHECK(story.core.let_rest(campaign));
}

TEST_CASE("leases tell once of each campaign that is not known to be awake, and again when it may rest") {
  QueueStory story;
  const CampaignId first = story.running();
  const CampaignId second = story.running();
  story.enqueue_many(40, first);
  story.enqueue_many(40, second);
  auto jobs = story.lease(20);
  CHECK(story.core.take_first_leases() == std::vector<CampaignId>{first, second});
  for (LeasedJob& job : story.lease(20)) jobs.push_back(std::move(job));
  CHECK_FALSE(story.core.has_first_leases());
  for (const LeasedJob& job : jobs) story.release(job);
  REQUIRE(story.core.let_rest(first));
  story.lease(40);
  CHECK(story.core.take_first_leases() == std::vector<CampaignId>{first});
}
