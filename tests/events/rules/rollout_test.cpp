// The canary and the ramp of a plan: which jobs are the canary's, when it passes, and how a rollout ends.

#include <breakerd/events/rules/rollout.hpp>

#include <breakerd/events/rules/append.hpp>
#include <breakerd/events/rules/conditions.hpp>
#include <breakerd/events/rules/triage.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);
const Ramp slow{1'000, 2'000, 60'000};

JobCommandStarted plan(const World& world, std::uint32_t canary, Ramp ramp = {}) {
  JobCommandStarted started = started_plan(world.the_queue.last_job_command + 1, {}, world.the_queue.last_job);
  started.canary = canary;
  started.ramp = ramp;
  return started;
}

World& begin(World& world, std::uint32_t canary, Ramp ramp = {}) { return world.tell(plan(world, canary, ramp)); }

const Rollout& rollout(const World& world) { return world.the_queue.rollout; }

World waiting_jobs(int count) {
  World world;
  for (int i = 0; i < count; ++i) world.enqueue();
  return world;
}

}  // namespace

TEST_CASE("a plan's canary and ramp become the rollout") {
  World world = waiting_jobs(3);
  begin(world, 2, slow);
  CHECK(rollout(world).phase == RolloutPhase::canary);
  CHECK(rollout(world).command == 1);
  CHECK(rollout(world).principal == "alice");
  CHECK(rollout(world).canary == 2);
  CHECK(rollout(world).ramp == slow);
  CHECK(rollout(world).ramp_since == no_time);
  CHECK(world.commands.at(1).canary == 2);
  CHECK(world.commands.at(1).ramp == slow);
}

TEST_CASE("a plan with neither begins no rollout") {
  World world = waiting_jobs(1);
  begin(world, 0);
  CHECK_FALSE(rollout(world).exists());
  CHECK(canary_room(rollout(world)) == SIZE_MAX);
  CHECK_FALSE(canary_passes(world.the_queue));
}

TEST_CASE("a ramp without a canary begins with the plan") {
  World world = waiting_jobs(1);
  begin(world, 0, slow);
  CHECK(rollout(world).phase == RolloutPhase::ramp);
  CHECK(rollout(world).ramp_since == world.the_queue.queue_time(rollout(world).ramp_began_at));
  CHECK(canary_room(rollout(world)) == SIZE_MAX);
}

TEST_CASE("a decided plan carries its canary and its ramp") {
  const World world = waiting_jobs(2);
  const JobCommandStarted started = decide_plan(world.the_queue, Plan{{}, 5, slow}, "careful", at(9));
  CHECK(started.canary == 5);
  CHECK(started.ramp == slow);
  CHECK(decide_plan(world.the_queue, Plan{}, "all", at(9)).ramp == Ramp{});
}

TEST_CASE("a canary lets so many jobs be leased, and passes when as many have succeeded") {
  World world = waiting_jobs(4);
  begin(world, 2, slow).lease(1);
  CHECK(canary_room(rollout(world)) == 1);
  world.lease(2);
  CHECK(canary_room(rollout(world)) == 0);
  world.tell(completed(1));
  CHECK(canary_room(rollout(world)) == 0);
  CHECK_FALSE(canary_passes(world.the_queue));
  world.tell(completed(2));
  CHECK(canary_passes(world.the_queue));
  world.tell(CanaryPassed{1, 2});
  CHECK(rollout(world).phase == RolloutPhase::ramp);
  CHECK(rollout(world).succeeded == 2);
  CHECK(rollout(world).ramp_since != no_time);
}

TEST_CASE("a canary without a ramp is the whole rollout") {
  World world = waiting_jobs(2);
  begin(world, 1).lease(1).tell(completed(1)).tell(CanaryPassed{1, 1});
  CHECK_FALSE(rollout(world).exists());
}

TEST_CASE("a job of the canary that ends otherwise does not count, and another one is drawn") {
  const auto after = [](const EventData& event) {
    World world = waiting_jobs(3);
    begin(world, 1).lease(1);
    CHECK(canary_room(rollout(world)) == 0);
    world.tell(event);
    CHECK(rollout(world).succeeded == 0);
    return canary_room(rollout(world));
  };
  CHECK(after(JobAttemptFailed{1, {}, 1, "x", ""}) == 1);
  JobFailed for_good{1, {}, 1, "x", ""};
  for_good.no_retry = true;
  CHECK(after(for_good) == 1);
  CHECK(after(JobReleased{1, {}}) == 1);
  CHECK(after(JobLeaseExpired{1, {}, "worker-1", false}) == 1);
  CHECK(after(JobCancelled{1, {}, "x"}) == 1);
}

TEST_CASE("a campaign's end takes its jobs out of the canary") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).enqueue();
  begin(world, 2).lease(1).lease(3);
  CHECK(canary_room(rollout(world)) == 0);
  world.tell(CampaignCancelled{spring, "x", 2});
  CHECK(canary_room(rollout(world)) == 1);
  REQUIRE(rollout(world).in_flight.size() == 1);
  CHECK(rollout(world).in_flight.front() == CanaryJob{3, {}});
}

TEST_CASE("a job that had a worker when the plan began is none of the canary's") {
  World world = waiting_jobs(3);
  begin(world.lease(1), 1);
  CHECK(canary_room(rollout(world)) == 1);
  world.tell(completed(1));
  CHECK(rollout(world).succeeded == 0);
  CHECK_FALSE(canary_passes(world.the_queue));
}

TEST_CASE("a canary that has nothing to wait for passes at once") {
  SECTION("an empty queue") {
    World world;
    begin(world, 3);
    CHECK(canary_passes(world.the_queue));
    world.tell(CanaryPassed{1, 0});
  }
  SECTION("jobs that wait for a time or for a person are nothing to wait for") {
    World world;
    world.add(spring).enqueue(spring).enqueue().lease(2);
    world.tell(JobAttemptFailed{2, {}, 1, "x", "", 500, at(90)});
    begin(world, 3);
    CHECK(canary_passes(world.the_queue));
    world.tell(JobsDue{{2}});
    CHECK_FALSE(canary_passes(world.the_queue));
  }
  SECTION("jobs of a campaign that is held are") {
    World world;
    world.add(spring).start(spring).enqueue(spring).open_circuit().close_circuit();
    begin(world, 3);
    CHECK_FALSE(canary_passes(world.the_queue));
    world.tell(HoldsLifted{{world.the_queue.holds.front().ordinal}, 1, 0, 1});
    world.lease(1);
    CHECK_FALSE(canary_passes(world.the_queue));
    world.tell(completed(1, spring));
    CHECK(canary_passes(world.the_queue));  // there were fewer than it wanted
  }
}

TEST_CASE("an opening ends the rollout in its own append") {
  World world = waiting_jobs(2);
  begin(world, 1, slow).lease(1);
  const CircuitOpened opening = opened(world.circuit.epoch + 1, "apollo");
  const auto consequences = consequences_of(opening, world.the_queue, nullptr, "alice");
  REQUIRE(consequences.size() == 3);
  const auto* ended = std::get_if<RolloutEnded>(&consequences.back());
  REQUIRE(ended != nullptr);
  CHECK(ended->command == 1);
  CHECK(ended->end == RolloutEnd::opened);
  world.report(1);  // and the job goes back behind it
  CHECK_FALSE(rollout(world).exists());
  CHECK(world.jobs.at(1).status == JobStatus::pending);
}

TEST_CASE("a rollout is stopped with a reason; there is nothing to stop without one") {
  World world = waiting_jobs(1);
  CHECK_FALSE(decide(rollout(world), StopRollout{"x"}));
  begin(world, 0, slow);
  const auto ended = decide(rollout(world), StopRollout{"it is fast again"});
  REQUIRE(ended);
  CHECK(ended->end == RolloutEnd::stopped);
  CHECK(ended->reason == "it is fast again");
  world.tell(*ended);
  CHECK_FALSE(rollout(world).exists());
}

TEST_CASE("a job that waits says what the canary or the ramp keeps it for; a parked one does not") {
  World world = waiting_jobs(3);
  begin(world, 1, slow).lease(1);
  const CampaignRow campaign;
  const auto why = [&](JobId id, Time free_at) {
    JobSituation of{world.jobs.at(id), world.lanes.at({}), campaign, world.the_queue, world.circuit, at(20)};
    of.ramp_free_at = free_at;
    return conditions_of(of);
  };
  const auto waits = why(2, no_time);
  REQUIRE(waits.size() == 1);
  CHECK(waits[0].kind == ConditionKind::limit);
  CHECK(waits[0].detail ==
        "no other job is leased before 1 have succeeded (the canary of command 1): so far 0, and 1 with workers");
  CHECK(waits[0].ends_by == "worker");
  CHECK(waits[0].by == "alice");
  world.tell(completed(1)).tell(CanaryPassed{1, 1});
  CHECK(why(2, no_time).empty());
  const auto early = why(2, at(21));
  REQUIRE(early.size() == 1);
  CHECK(early[0].until == at(21));
  CHECK(early[0].ends_by == "time");
  world.jobs.at(2).parked = {1, at(1)};
  CHECK(why(2, at(21)).empty());
}

TEST_CASE("how far a ramp has come is told from queue time") {
  World world = waiting_jobs(2);
  begin(world, 0, slow);
  const Time began = rollout(world).ramp_began_at;
  const RolloutView half = view_rollout(world.the_queue, began + std::chrono::seconds{30});
  CHECK(half.elapsed_ms == 30'000);
  CHECK(half.rate_thousandths == 1'500);
  const RolloutView over = view_rollout(world.the_queue, began + std::chrono::hours{1});
  CHECK(over.elapsed_ms == 60'000);
  CHECK(over.rate_thousandths == 2'000);
  CHECK(view_rollout(world.the_queue, began - std::chrono::hours{1}).elapsed_ms == 0);
  World careful = waiting_jobs(2);
  begin(careful, 1, slow);
  CHECK(view_rollout(careful.the_queue, began).elapsed_ms == 0);
  CHECK(view_rollout(careful.the_queue, began).rate_thousandths == 0);
}
