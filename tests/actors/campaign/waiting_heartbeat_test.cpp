// Heartbeats that wait for a stop.

#include <breakerd/actors/campaign/stop_waiters.hpp>
#include "tests/actors/core/core_story.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::test;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr std::uint32_t wait_ms = 20'000;
constexpr std::uint32_t lease_ms = 60'000;

Heartbeat beat(const LeasedJob& job, std::uint32_t wait = wait_ms) { return {job.job.row.id, job.token, wait}; }

/// A core with a job of a running campaign, which a worker has leased.
class WaitStory : public CoreStory {
 public:
  WaitStory() {
    campaign = create().id;
    change(campaign, StartCampaign{});
    enqueue(campaign);
    enqueue(campaign);
    leased = lease(1, lease_ms).at(0);
  }
  /// A heartbeat that is known to wait.
  PendingPtr wait() {
    PendingPtr heartbeat = send(beat(leased));
    run();
    REQUIRE_FALSE(heartbeat->there());
    return heartbeat;
  }
  LeasedJob lease_default() {
    enqueue();
    change(campaign, PauseCampaign{"so that the default lane is served"});
    LeasedJob other = lease(1, lease_ms).at(0);
    REQUIRE(other.job.row.campaign.is_nil());
    change(campaign, ResumeCampaign{});
    return other;
  }

  CampaignId campaign;
  LeasedJob leased;
};

bool is_stopped(const PendingPtr& heartbeat) { return heartbeat->get<HeartbeatAnswer>().stop; }

}  // namespace

TEST_CASE("a heartbeat that waits is answered when its time is over, by a decision of then") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  story.advance(milliseconds{wait_ms - 1});
  CHECK_FALSE(heartbeat->there());
  story.advance(milliseconds{1});
  const auto answer = heartbeat->get<HeartbeatAnswer>();
  CHECK_FALSE(answer.stop);
  CHECK(answer.expires_at == story.wall() + milliseconds{lease_ms});
}

TEST_CASE("a heartbeat waits no longer than half its lease") {
  WaitStory story;
  const LeasedJob job = story.lease(1, 1'000).at(0);
  const PendingPtr heartbeat = story.send(beat(job, 60'000));
  story.run();
  story.advance(milliseconds{499});
  CHECK_FALSE(heartbeat->there());
  story.advance(milliseconds{1});
  CHECK_FALSE(is_stopped(heartbeat));
  CHECK(story.job(job.job.row.id).status == JobStatus::processing);
}

TEST_CASE("an opening stops the heartbeats that wait, in campaigns and without one, and no time goes by") {
  WaitStory story;
  const LeasedJob other = story.lease_default();
  const PendingPtr heartbeat = story.wait();
  const PendingPtr without_campaign = story.send(beat(other));
  story.run();
  REQUIRE_FALSE(without_campaign->there());
  story.open();
  CHECK(is_stopped(heartbeat));
  CHECK(is_stopped(without_campaign));
  CHECK(heartbeat->get<HeartbeatAnswer>().circuit.state == CircuitState::open);
}

TEST_CASE("an opening that is decided before, with, or after a waiting heartbeat stops it, whoever has his turn when") {
  std::mt19937 random{20'261'129};
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    WaitStory story;
    const bool first = random() % 2 == 0;
    PendingPtr heartbeat;
    if (first) heartbeat = story.send(beat(story.leased));
    const PendingPtr opening = story.send(CoreStory::failure());
    if (!first) heartbeat = story.send(beat(story.leased));
    story.run_shuffled(random);
    REQUIRE(opening->there());
    REQUIRE(heartbeat->there());
    CHECK(is_stopped(heartbeat));
  }
}

namespace {

OpenCircuit by_hand(InFlight in_flight) { return {"maintenance", {}, in_flight}; }

}  // namespace

TEST_CASE(
    "an opening that lets runs finish leaves heartbeats waiting, and a later word that they stop ends all waits") {
  WaitStory story;
  const LeasedJob other = story.lease_default();
  const PendingPtr heartbeat = story.wait();
  const PendingPtr without_campaign = story.send(beat(other));
  story.run();
  CHECK(story.get<CircuitAnswer>(by_hand(InFlight::finish)).changed);
  CHECK_FALSE(heartbeat->there());
  CHECK_FALSE(without_campaign->there());
  must(story.ask(OpenCircuit{"me too", {}}));  // which leaves it as it is
  must(story.ask(CoreStory::failure()));
  CHECK_FALSE(heartbeat->there());
  CHECK(story.get<CircuitAnswer>(by_hand(InFlight::stop)).is_new_choice);
  CHECK(is_stopped(heartbeat));
  CHECK(is_stopped(without_campaign));
}

TEST_CASE(
    "a heartbeat that waits through an opening that lets it finish is answered in its time, and extends its lease") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  must(story.ask(by_hand(InFlight::finish)));
  if (GENERATE(true, false)) story.close();
  story.advance(milliseconds{wait_ms - 1});
  CHECK_FALSE(heartbeat->there());
  story.advance(milliseconds{1});
  const auto answer = heartbeat->get<HeartbeatAnswer>();
  CHECK_FALSE(answer.stop);
  CHECK(answer.expires_at == story.wall() + milliseconds{lease_ms});
}

TEST_CASE("while an opening lets runs finish, other pauses stop the heartbeats that wait") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  must(story.ask(by_hand(InFlight::finish)));
  SECTION("a hold in the name of a service") { must(story.ask(PauseCampaignsForService{"apollo", "slow"})); }
  SECTION("the pause of the campaign") { story.change(story.campaign, PauseCampaign{"lunch"}); }
  SECTION("the next opening, while campaigns are held still") {
    story.close();
    CHECK_FALSE(heartbeat->there());
    story.open();
  }
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("whatever is decided when, a heartbeat that waits is stopped exactly by what stops runs") {
  std::mt19937 random{20'261'130};
  for (int round = 0; round < 500; ++round) {
    CAPTURE(round);
    WaitStory story;
    const bool stops = random() % 2 == 0;
    const PendingPtr heartbeat = story.send(beat(story.leased));
    const PendingPtr opening = story.send(by_hand(InFlight::finish));
    const PendingPtr again = story.send(by_hand(stops ? InFlight::stop : InFlight::finish));
    story.run_shuffled(random);
    REQUIRE(opening->there());
    REQUIRE(again->there());
    CHECK(heartbeat->there() == stops);
    if (stops) CHECK(is_stopped(heartbeat));
  }
}

TEST_CASE("an opening that is committed while a heartbeat without a stop is on its way to its campaign stops it") {
  WaitStory story;
  const PendingPtr heartbeat = story.send(beat(story.leased));
  story.run_only(story.core->campaigns());
  story.run_only(story.core->queue());
  story.run_only(story.core->writer());
  // The queue's answer is durable, and the registry has not had its turn since. Then the opening, up to its own answer.
  const PendingPtr opening = story.send(CoreStory::failure());
  story.run_without(story.core->campaigns());
  REQUIRE(opening->there());
  REQUIRE_FALSE(heartbeat->there());
  story.run();
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("a hold in the name of a service stops the heartbeats of campaigns, and the others wait on") {
  WaitStory story;
  const LeasedJob other = story.lease_default();
  const PendingPtr heartbeat = story.wait();
  const PendingPtr without_campaign = story.send(beat(other));
  story.run();
  must(story.ask(PauseCampaignsForService{"apollo", "slow"}));
  CHECK(is_stopped(heartbeat));
  CHECK_FALSE(without_campaign->there());
  story.advance(milliseconds{wait_ms});
  CHECK_FALSE(is_stopped(without_campaign));
}

TEST_CASE("the pause and the end of a campaign stop the heartbeats that wait in it") {
  const std::vector<CampaignAction> actions{PauseCampaign{"lunch"}, CancelCampaign{"over"}, FailCampaign{"bad"}};
  for (const CampaignAction& action : actions) {
    WaitStory story;
    const PendingPtr heartbeat = story.wait();
    story.change(story.campaign, action);
    CHECK(is_stopped(heartbeat));
  }
}

TEST_CASE("a change of a campaign that stops nothing leaves its heartbeats waiting") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  story.change(story.campaign, UpdateCampaign{"summer", std::nullopt, std::nullopt});
  story.change(story.campaign, SealCampaign{});
  CHECK_FALSE(heartbeat->there());
}

TEST_CASE("a cancelled job's waiting heartbeat is told to stop") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  must(story.ask(CancelJob{story.leased.job.row.id, "not needed"}));
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("a waiting heartbeat whose lease ends otherwise is refused at once") {
  const auto ends_with = [](const std::function<Command(const LeasedJob&)>& end) {
    WaitStory story;
    const PendingPtr heartbeat = story.wait();
    must(story.ask(end(story.leased)));
    return heartbeat->refused();
  };
  using Job = const LeasedJob&;
  CHECK(ends_with([](Job job) { return CompleteJob{job.job.row.id, job.token, {}}; }) == ErrorCode::stale_lease);
  CHECK(ends_with([](Job job) { return ReleaseJob{job.job.row.id, job.token}; }) == ErrorCode::stale_lease);
  CHECK(ends_with([](Job job) {
          return FailJob{job.job.row.id, job.token, "no mailbox", "smtp", {}};
        }) == ErrorCode::stale_lease);
}

TEST_CASE("a heartbeat that is refused or stopped by its first decision does not wait") {
  WaitStory story;
  CHECK(story.refused(Heartbeat{1, "nonsense", wait_ms}) == ErrorCode::stale_lease);
  CHECK(story.refused(Heartbeat{77, story.leased.token, wait_ms}) == ErrorCode::not_found);
  CHECK(story.refused(Heartbeat{1, story.leased.token, 60'001}) == ErrorCode::invalid);
  story.open();
  CHECK(story.get<HeartbeatAnswer>(beat(story.leased)).stop);
}

TEST_CASE("a later waiting heartbeat of the same lease answers the earlier one") {
  WaitStory story;
  const PendingPtr earlier = story.wait();
  story.advance(seconds{5});
  const PendingPtr later = story.send(beat(story.leased));
  story.run();
  const auto answer = earlier->get<HeartbeatAnswer>();
  CHECK_FALSE(answer.stop);
  CHECK(answer.expires_at == story.wall() + milliseconds{lease_ms});
  CHECK_FALSE(later->there());
  story.open();
  CHECK(is_stopped(later));
}

TEST_CASE("a plain heartbeat of the same lease leaves the one that waits alone") {
  WaitStory story;
  const PendingPtr waiting = story.wait();
  CHECK_FALSE(story.get<HeartbeatAnswer>(beat(story.leased, 0)).stop);
  CHECK_FALSE(waiting->there());
  story.open();
  CHECK(is_stopped(waiting));
}

TEST_CASE("a campaign does not rest while a heartbeat waits in it, however long") {
  WaitStory story;
  must(story.ask(ReleaseJob{story.leased.job.row.id, story.leased.token}));
  const LeasedJob job = story.lease(1, 10 * lease_ms).at(0);
  const PendingPtr heartbeat = story.send(beat(job, 60'000));
  for (int second = 0; second < 50; ++second) story.advance(seconds{1});
  REQUIRE_FALSE(heartbeat->there());
  story.open();
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("heartbeats that come while their campaign goes to rest wait all the same") {
  std::mt19937 random{20'261'129};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    WaitStory story;
    story.advance(seconds{4});
    const PendingPtr heartbeat = story.send(beat(story.leased));
    story.scheduler().advance_time(seconds{1 + round % 7});
    story.run_shuffled(random);
    story.scheduler().advance_time(seconds{5});
    story.run_shuffled(random);
    REQUIRE_FALSE(heartbeat->there());
    story.open();
    CHECK(is_stopped(heartbeat));
  }
}

TEST_CASE("heartbeats that wait through storage trouble are stopped by the opening that it ends with") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  story.log.fail_next(1);
  CHECK(story.refused(EnqueueJob{CoreStory::job_of()}) == ErrorCode::outcome_unknown);
  story.log.fail_next(0);
  story.advance(milliseconds{100});
  REQUIRE(story.status().breaker.state == CircuitState::open);
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("a lease that is ended after the queue was read again still ends its heartbeat's wait") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  caf::anon_send(story.core->writer(), Resync{1});  // as the queue does when its state is void
  story.run();
  REQUIRE_FALSE(heartbeat->there());
  must(story.ask(ReleaseJob{story.leased.job.row.id, story.leased.token}));
  CHECK(heartbeat->refused() == ErrorCode::stale_lease);
}

TEST_CASE("the end of all waits answers those that wait, and nobody waits from then on") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  story.core->end_waits();
  story.run();
  CHECK_FALSE(is_stopped(heartbeat));
  CHECK_FALSE(story.get<HeartbeatAnswer>(beat(story.leased)).stop);
}

TEST_CASE("a core that stops answers the heartbeats that wait") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  story.stop();
  story.run();
  CHECK(heartbeat->there());
}

namespace {

WaitingHeartbeatPtr waiting(JobId job, std::shared_ptr<std::size_t> answered) {
  class Counter final : public Completion {
   public:
    explicit Counter(std::shared_ptr<std::size_t> count) : count_{std::move(count)} {}
    void complete(std::vector<Op>&&) noexcept override { ++*count_; }

   private:
    std::shared_ptr<std::size_t> count_;
  };
  auto heartbeat = std::make_shared<WaitingHeartbeat>();
  heartbeat->batch = std::make_shared<CommandBatch>(std::make_unique<Counter>(std::move(answered)));
  heartbeat->batch->ops.push_back({Heartbeat{job, "token", wait_ms}, "alice", Reply{}, 0});
  heartbeat->until = SteadyTime{} + seconds{job};
  return heartbeat;
}

}  // namespace

TEST_CASE("heartbeats over the bound of one campaign are answered without a wait") {
  const auto answered = std::make_shared<std::size_t>(0);
  StopWaiters waiters;
  for (JobId job = 1; job <= waiting_heartbeats_max; ++job) waiters.add(waiting(job, answered));
  CHECK(*answered == 0);
  waiters.add(waiting(waiting_heartbeats_max + 1, answered));
  CHECK(*answered == 1);
  CHECK(waiters.take_due(SteadyTime{} + seconds{3}).size() == 3);
  CHECK(waiters.next_due() == SteadyTime{} + seconds{4});
  CHECK(waiters.take(4).size() == 1);
  CHECK(waiters.next_due() == SteadyTime{} + seconds{5});
  CHECK(waiters.take_all().size() == waiting_heartbeats_max - 4);
  CHECK(waiters.empty());
}

namespace {

/// Keeps the answer of a batch of one op.
class Kept final : public Completion {
 public:
  explicit Kept(PendingPtr pending) : pending_{std::move(pending)} {}
  void complete(std::vector<Op>&& ops) noexcept override { pending_->outcome = std::move(ops.front().outcome); }

 private:
  PendingPtr pending_;
};

}  // namespace

TEST_CASE("the end of a client ends its own wait, without an extension of the lease") {
  WaitStory story;
  const auto answer = std::make_shared<Pending>();
  const auto batch = std::make_shared<CommandBatch>(std::make_unique<Kept>(answer));
  batch->ops.push_back({beat(story.leased), "alice", Reply{}, 0});
  const Time extended = story.wall() + milliseconds{lease_ms};
  SECTION("when it waits") {
    story.core->dispatch(batch);
    story.run();
    story.advance(seconds{5});
    REQUIRE_FALSE(answer->there());
    story.core->end_wait(batch, story.leased.job.row.id);
  }
  SECTION("before the queue has heard of it") {
    story.core->dispatch(batch);
    story.core->end_wait(batch, story.leased.job.row.id);
  }
  story.run();
  REQUIRE(answer->there());
  CHECK_FALSE(is_stopped(answer));
  CHECK(answer->get<HeartbeatAnswer>().expires_at == extended);  // as it was when it came
  CHECK(story.core->lease_times().find(story.leased.job.row.id) == extended);
}

TEST_CASE("the end of an earlier client leaves a later heartbeat of its job waiting") {
  WaitStory story;
  const PendingPtr heartbeat = story.wait();
  caf::anon_send(story.core->campaigns(), EndWait{story.leased.job.row.id});
  story.run();
  CHECK_FALSE(heartbeat->there());
  story.change(story.campaign, PauseCampaign{"x"});
  CHECK(is_stopped(heartbeat));
}

TEST_CASE("a heartbeat that extends no lease waits all the same, and hears of the lease's end") {
  WaitStory story;
  const Time granted = *story.core->lease_times().find(story.leased.job.row.id);
  story.advance(seconds{5});
  Heartbeat only_asks = beat(story.leased);
  only_asks.extends = false;
  const PendingPtr heartbeat = story.send(only_asks);
  story.run();
  REQUIRE_FALSE(heartbeat->there());
  CHECK(story.core->lease_times().find(story.leased.job.row.id) == granted);
  must(story.ask(CompleteJob{story.leased.job.row.id, story.leased.token, "1"}));
  story.run();
  REQUIRE(heartbeat->there());
  CHECK(refusal(*heartbeat->outcome) == ErrorCode::stale_lease);
}
