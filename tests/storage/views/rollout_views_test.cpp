// What is read of a rollout, and what a plan with a ramp would take, on the in-memory log.

#include <breakerd/events/rules/ramp.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/storage/log/log_form.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

constexpr Ramp minute{1'000, 61'000, 60'000};  // 1 to 61 jobs per second

std::unique_ptr<ReadView> told(const World& world, MemoryLog& log) {
  Append append;
  append.events = world.told;
  must(try_append(log, append));
  return must(log.view());
}

JobCommandStarted begun(const World& world, std::uint32_t canary, const Ramp& ramp) {
  JobCommandStarted started = started_plan(world.the_queue.last_job_command + 1, {}, world.the_queue.last_job);
  started.canary = canary;
  started.ramp = ramp;
  return started;
}

}  // namespace

TEST_CASE("of a queue without a plan, or with one that begins all at once, there is no rollout") {
  World world;
  SECTION("nothing at all") {}
  SECTION("a plan") { world.enqueue().tell(begun(world, 0, {})); }
  MemoryLog log;
  const auto view = told(world, log);
  const RolloutView rollout = must(read_rollout(*view, at(100)));
  CHECK_FALSE(rollout.rollout.exists());
  CHECK(rollout.rollout == Rollout{});
  CHECK_FALSE(must(read_status(*view, at(100))).rollout.rollout.exists());
}

TEST_CASE("a canary is read with the jobs that workers have, and its ramp waits") {
  World world;
  world.enqueue().enqueue().enqueue();
  const Time began = at(static_cast<std::int64_t>(world.last_seq() + 1));
  world.tell(begun(world, 2, minute), "bob").lease(1).lease(2).tell(completed(1));
  MemoryLog log;
  const RolloutView view = must(read_rollout(*told(world, log), began + std::chrono::hours{1}));
  CHECK(view.rollout.phase == RolloutPhase::canary);
  CHECK(view.rollout.command == 1);
  CHECK(view.rollout.principal == "bob");
  CHECK(view.rollout.began_at == began);
  CHECK(view.rollout.canary == 2);
  CHECK(view.rollout.succeeded == 1);
  REQUIRE(view.rollout.in_flight.size() == 1);
  CHECK(view.rollout.in_flight[0].job == 2);
  CHECK(view.rollout.ramp == minute);
  CHECK(view.rollout.ramp_began_at == no_time);
  CHECK(view.elapsed_ms == 0);
  CHECK(view.rate_thousandths == 0);
}

TEST_CASE("a ramp is read as far as it has come, by the time that is handed in") {
  World world;
  world.enqueue();
  const Time began = at(static_cast<std::int64_t>(world.last_seq() + 1));
  world.tell(begun(world, 0, minute));
  MemoryLog log;
  const auto view = told(world, log);
  const auto after = [&](std::chrono::milliseconds time) {
    const RolloutView read = must(read_rollout(*view, began + time));
    CHECK(read.rollout.phase == RolloutPhase::ramp);
    CHECK(read.rollout.ramp_began_at == began);
    const RolloutView of_status = must(read_status(*view, began + time)).rollout;
    CHECK(of_status.rollout == read.rollout);
    CHECK(of_status.elapsed_ms == read.elapsed_ms);
    CHECK(of_status.rate_thousandths == read.rate_thousandths);
    return std::pair{read.elapsed_ms, read.rate_thousandths};
  };
  using std::chrono::milliseconds;
  CHECK(after(milliseconds{0}) == std::pair<std::uint64_t, std::uint64_t>{0, 1'000});
  CHECK(after(milliseconds{15'000}) == std::pair<std::uint64_t, std::uint64_t>{15'000, 16'000});
  CHECK(after(milliseconds{60'000}) == std::pair<std::uint64_t, std::uint64_t>{60'000, 61'000});
  CHECK(after(milliseconds{90'000}) == std::pair<std::uint64_t, std::uint64_t>{60'000, 61'000});
  const RolloutView without_time = must(read_status(*view)).rollout;
  CHECK(without_time.elapsed_ms == 0);
  CHECK(without_time.rate_thousandths == 1'000);
}

TEST_CASE("a rollout that has ended is not read any more") {
  World world;
  world.enqueue().tell(begun(world, 5, minute)).tell(RolloutEnded{1, RolloutEnd::stopped, "it goes well"});
  MemoryLog log;
  CHECK_FALSE(must(read_rollout(*told(world, log), at(100))).rollout.exists());
}

TEST_CASE("a preview says how long the ramp lets the released jobs take, and nothing without a ramp") {
  World world;
  for (int i = 0; i < 40; ++i) world.enqueue({}, i < 10 ? "letter" : "mail");
  MemoryLog log;
  const auto view = told(world, log);
  const auto drain = [&](const Plan& plan) { return must(preview_plan(*view, plan, at(100))).drain_ms; };
  Plan plan;
  CHECK_FALSE(drain(plan));
  plan.canary = 5;
  CHECK_FALSE(drain(plan));
  plan.ramp = Ramp{1'000, 1'000, 600'000};
  CHECK(drain(plan) == 34'000);  // one a second behind the canary's five, the first one at once
  PlanAction park;
  park.verb = PlanVerb::park;
  park.job_type = "letter";
  plan.actions = {park};
  CHECK(drain(plan) == 24'000);
  plan.actions = {PlanAction{PlanVerb::park}};
  CHECK(drain(plan) == 0);
  plan.actions.clear();
  plan.ramp = Ramp{1'000, 1'000, 5'000};
  CHECK(drain(plan) == 5'000);  // the rest at once, when it is over
  plan.ramp = minute;
  CHECK(drain(plan) == drain_ms(minute, 35));
}
