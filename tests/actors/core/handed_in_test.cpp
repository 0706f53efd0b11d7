// Time and chance are handed in: what the core does by them can be done again.

#include "tests/actors/core/core_story.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/counting_randomness.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// A job is leased and a campaign made; gives the end of the log, with the hash over all that is in it.
Position live(CoreStory& story) {
  story.enqueue();
  story.advance(std::chrono::seconds{5});
  REQUIRE(story.lease().size() == 1);
  story.create();
  return story.log.head();
}

}  // namespace

TEST_CASE("lease tokens and ids of campaigns come from the randomness that is handed in") {
  CountingRandomness randomness;
  CoreStory story{{}, randomness};
  story.enqueue();
  CHECK(story.lease().at(0).token == "0102030405060708090a0b0c0d0e0f10");
  const CampaignView campaign = story.create();
  // RFC 9562, version 7: 48 bits of time, then what is drawn, around the version and the variant.
  CHECK(campaign.id.to_string().substr(14) == "7102-8304-05060708090a");
}

TEST_CASE("events carry the time that is handed in") {
  CoreStory story;
  story.advance(std::chrono::seconds{5});
  const Time now = story.wall();
  const JobId job = story.enqueue();
  CHECK(story.job(job).row.created_at == now);
}

TEST_CASE("two cores with the same time and chance write the same log, and with other chance another") {
  CountingRandomness one;
  CountingRandomness same;
  CoreStory first{{}, one};
  CoreStory second{{}, same};
  CoreStory third;
  const Position written = live(first);
  CHECK(written == live(second));
  const Position other = live(third);
  CHECK(other.seq == written.seq);
  CHECK(other.hash != written.hash);
}
