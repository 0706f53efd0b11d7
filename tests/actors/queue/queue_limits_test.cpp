// Limits on leases: which jobs they keep back, and which leases count. Also after the state was read again.

#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

SetLeaseLimit limit(LimitKind kind, std::string name, std::optional<std::uint64_t> concurrency,
                    std::optional<std::uint64_t> rate = {}, std::optional<std::uint64_t> burst = {}) {
  return {{kind, std::move(name)}, concurrency, rate, burst, "x"};
}

SetLeaseLimit on_mail(std::uint64_t concurrency) { return limit(LimitKind::job_type, "mail", concurrency); }

}  // namespace

TEST_CASE("a limit keeps back nothing but its own jobs, whatever comes before") {
  QueueStory story;
  const CampaignId spring = story.running();
  const CampaignId summer = story.running();
  story.enqueue_many(100, spring);
  story.enqueue_many(3, summer, "sms");
  must(story.ask(on_mail(2)));
  CHECK(story.lease(50).size() == 5);
  CHECK(story.lease(50).empty());
}

TEST_CASE("what is leased stays counted when the state is read again, and the bucket keeps what was taken") {
  QueueStory story;
  story.enqueue_many(10);
  story.enqueue_many(10, {}, "sms");
  must(story.ask(on_mail(3)));
  must(story.ask(limit(LimitKind::job_type, "sms", {}, 1, 4)));
  CHECK(story.lease(20).size() == 7);
  story.restart();
  CHECK(story.lease(20).empty());
  story.lag();
  must(story.ask(on_mail(5)));
  CHECK(story.lease(20).size() == 2);
  story.lose_the_disk();
  CHECK(story.lease(20).empty());
}

TEST_CASE("a campaign that has no room is in nobody's way, and has turns again when it has") {
  QueueStory story;
  const CampaignId spring = story.running();
  must(story.ask(limit(LimitKind::campaign, spring.to_string(), 2)));
  story.enqueue_many(5, spring);
  story.enqueue_many(3);
  const auto leased = story.lease(20);
  CHECK(leased.size() == 5);
  CHECK(story.lease(20).empty());
  SECTION("a job is completed") {
    must(story.ask(CompleteJob{leased.front().job.row.id, leased.front().token, {}}));
    CHECK(story.lease(20).size() == 1);
  }
  SECTION("a lease expires") {
    story.wait(31s);
    story.expire();
    CHECK(story.lease(20).size() == 5);
  }
  SECTION("the state is read again") {
    story.restart();
    CHECK(story.lease(20).empty());
  }
  SECTION("the limit is removed") {
    must(story.ask(RemoveLeaseLimit{limit_of(spring), "x"}));
    CHECK(story.lease(20).size() == 3);
  }
}

TEST_CASE("a job of a limited class that comes back with its failure frees its place") {
  QueueStory story;
  story.enqueue_many(2);
  must(story.ask(on_mail(1)));
  const LeasedJob first = story.lease_one();
  CHECK(story.lease().empty());
  must(story.ask(FailJob{first.job.row.id, first.token, "bad", "", ""}));
  CHECK(story.lease().size() == 1);
}

TEST_CASE("leases of a campaign that was cancelled do not count") {
  QueueStory story;
  const CampaignId spring = story.running();
  story.enqueue_many(2, spring);
  story.enqueue_many(2);
  must(story.ask(on_mail(2)));
  CHECK(story.lease(20, {}, 10'000).size() == 2);
  story.change(spring, CancelCampaign{});
  CHECK(story.lease(20).size() == 2);
  CHECK(story.lease(20).empty());
  story.enqueue_many(5);
  must(story.ask(on_mail(3)));  // counts anew
  CHECK(story.lease(20).size() == 1);
  story.wait(11s);
  story.expire();  // those of the campaign
  CHECK(story.lease(20).empty());
}

TEST_CASE("leases of a campaign that was cancelled do not count when its lane has left the memory") {
  QueueStory story;
  const CampaignId spring = story.running();
  story.enqueue_many(2, spring);
  CHECK(story.lease(20).size() == 2);
  story.change(spring, CancelCampaign{});
  for (int i = 0; i < 9'000; ++i) story.running();
  must(story.ask(on_mail(2)));
  story.enqueue_many(5);
  CHECK(story.lease(20).size() == 2);
}

TEST_CASE("a limit on a campaign that does not exist is not found") {
  QueueStory story;
  CHECK(story.refused(limit(LimitKind::campaign, campaign_id(9).to_string(), 1)) == ErrorCode::not_found);
  CHECK(story.refused(RemoveLeaseLimit{{LimitKind::service, "apollo"}, "x"}) == ErrorCode::not_found);
}

TEST_CASE("a campaign under a hold of its own has no turns, also when the state is read again") {
  QueueStory story;
  const CampaignId spring = story.running();
  story.enqueue_many(3, spring);
  story.enqueue_many(2);
  must(story.ask(PlaceJobHold{"", "", "x", spring}));
  CHECK(story.lease(20).size() == 2);
  story.restart();
  CHECK(story.lease(20).empty());
  story.enqueue_many(1, spring);
  CHECK(story.lease(20).empty());
  must(story.ask(LiftJobHold{1, "x"}));
  CHECK(story.lease(20).size() == 4);
  CHECK(story.refused(PlaceJobHold{"", "", "x", campaign_id(9)}) == ErrorCode::not_found);
}
