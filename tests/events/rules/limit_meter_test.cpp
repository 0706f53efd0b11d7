// How much of limits on leases is used.

#include <breakerd/events/rules/limit_meter.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

const LimitName apollo{LimitKind::service, "apollo"};
const JobClass mail{"mail", "apollo"};

/// A meter and a clock that stands still.
struct Story {
  LimitMeter meter;
  SteadyTime now{1h};

  void limit(std::uint32_t concurrency, std::uint64_t rate_thousandths = 0, std::uint32_t burst = 0,
             LimitMeter::Bucket bucket = LimitMeter::Bucket::full) {
    meter.set({apollo, concurrency, rate_thousandths, burst, "", "", {}}, 0, now, bucket);
  }
  /// How many of `most` are leased at once.
  int lease(int most = 100, const JobClass& jobs = mail, const CampaignId& campaign = {}) {
    int leased = 0;
    while (leased < most && meter.allows(jobs, now) && meter.allows(campaign, now)) {
      meter.lease(jobs, campaign, now);
      ++leased;
    }
    return leased;
  }
  std::size_t freed() { return meter.take_freed(now).size(); }
};

}  // namespace

TEST_CASE("no more leases at a time than the limit says") {
  Story story;
  CHECK(story.lease(10) == 10);  // no limit
  story.limit(3);
  CHECK(story.lease() == 3);
  CHECK(story.lease(5, {"mail", ""}) == 5);
  CHECK(story.freed() == 0);
  story.meter.end(mail, {});
  CHECK(story.freed() == 1);
  CHECK(story.freed() == 0);
  CHECK(story.lease() == 1);
  story.limit(5);
  CHECK(story.meter.use(apollo)->in_flight == 0);  // as it was told
  CHECK(!story.meter.use({LimitKind::job_type, "apollo"}));
}

TEST_CASE("leases that were there before count, and nobody is told of room that nobody missed") {
  Story story;
  story.limit(2);
  story.meter.count(mail, {});
  CHECK(story.lease(1) == 1);
  story.meter.end(mail, {});
  CHECK(story.freed() == 0);
  CHECK(story.lease() == 1);
}

TEST_CASE("a rate lets a burst through and then its tokens") {
  Story story;
  story.limit(0, 2'000, 4);  // 2 a second
  CHECK(story.lease() == 4);
  CHECK(story.meter.next_freed() == story.now + 500ms);
  story.now += 499ms;
  CHECK(story.freed() == 0);
  CHECK(story.lease() == 0);
  story.now += 1ms;
  CHECK(story.freed() == 1);
  CHECK(story.lease() == 1);
  story.now += 60s;
  CHECK(story.lease() == 4);
}

TEST_CASE("over a long time as many come as the rate says, whatever the steps") {
  for (const std::uint64_t rate : {1ull, 333ull, 7'000ull, 99'999ull, 1'000'000ull}) {
    Story story;
    story.limit(0, rate, 1);
    story.lease();
    std::uint64_t leased = 0;
    const auto step = std::chrono::microseconds{rate < 10 ? 100'000'003 : 10'007};
    const int steps = 10'000;
    for (int i = 0; i < steps; ++i) {
      story.now += step;
      leased += static_cast<std::uint64_t>(story.lease(100'000));
    }
    const double expected = static_cast<double>(rate) / 1'000 * std::chrono::duration<double>(step * steps).count();
    CHECK(static_cast<double>(leased) <= expected * 1.001 + static_cast<double>(rate) / 1'000 * 0.05 + 1);
    CHECK(static_cast<double>(leased) >= expected * 0.95 - 1);
  }
}

TEST_CASE("a lease that comes late loses nothing of its rate, if it is not too late") {
  Story story;
  story.limit(0, 100'000, 1);  // one in 10 ms
  story.lease();
  int leased = 0;
  for (int i = 0; i < 100; ++i) {
    story.now += 17ms;
    leased += story.lease();
  }
  CHECK(leased >= 169);
  CHECK(leased <= 170);
  story.now += 1s;
  CHECK(story.lease() == 6);
}

TEST_CASE("a bucket is empty after a start, and keeps what was taken when its limit changes") {
  Story story;
  story.limit(0, 1'000, 3, LimitMeter::Bucket::empty);
  CHECK(story.lease() == 0);
  story.now += 1s;
  CHECK(story.lease() == 1);
  story.now += 10s;
  CHECK(story.lease(2) == 2);
  story.limit(0, 1'000, 10);  // 2 of 10 are taken
  CHECK(story.lease() == 8);
  story.limit(0, 10'000, 10);
  CHECK(story.lease() == 0);
  story.now += 100ms;
  CHECK(story.lease() == 1);
}

TEST_CASE("a restart forgets the leases and keeps the buckets of limits that are there still") {
  Story story;
  story.limit(5, 1'000, 3);
  CHECK(story.lease() == 3);
  const LeaseLimit same{apollo, 5, 1'000, 3, "", "", {}};
  story.meter.restart({same}, story.now, LimitMeter::Bucket::full);
  CHECK(story.meter.use(apollo)->in_flight == 0);
  CHECK(story.lease() == 0);
  story.now += 1s;
  CHECK(story.lease() == 1);
  story.meter.restart({}, story.now, LimitMeter::Bucket::full);
  CHECK(story.meter.empty());
  CHECK(story.lease(7) == 7);
}

TEST_CASE("a job keeps to the limits of its service, its type and its campaign together") {
  Story story;
  const CampaignId spring = campaign_id(1);
  story.limit(5);
  story.meter.set({{LimitKind::job_type, "mail"}, 4, 0, 0, "", "", {}}, 0, story.now);
  story.meter.set({limit_of(spring), 2, 0, 0, "", "", {}}, 0, story.now);
  CHECK(story.lease(100, mail, spring) == 2);
  CHECK(story.lease(100, mail) == 2);
  CHECK(story.lease(100, {"sms", "apollo"}) == 1);
  story.meter.end(mail, spring);
  auto freed = story.meter.take_freed(story.now);
  CHECK(freed.size() == 3);
  CHECK(story.lease(100, mail, spring) == 1);
  story.meter.remove({LimitKind::job_type, "mail"});
  story.meter.remove(apollo);
  CHECK(story.lease(9, mail) == 9);
  CHECK(story.meter.limits_campaigns());
  CHECK(!story.meter.limits_classes());
}

TEST_CASE("a limit that is removed or raised is free for whom it kept back") {
  Story story;
  story.limit(1);
  CHECK(story.lease() == 1);
  story.limit(2);
  CHECK(story.freed() == 1);
  story.meter.count(mail, {});
  story.meter.count(mail, {});
  CHECK(story.lease() == 0);
  story.meter.remove(apollo);
  CHECK(story.meter.has_freed());
  CHECK(story.freed() == 1);
}
