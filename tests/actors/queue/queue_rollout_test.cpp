// The canary and the ramp of a plan, where jobs are leased.

#include <breakerd/events/rules/validate.hpp>
#include "tests/actors/core/core_story.hpp"
#include "tests/actors/core/queue_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

namespace {

constexpr Ramp ten_a_second{10'000, 10'000, 10'000};

HoldsAnswer resume_with(QueueStory& story, Plan plan) {
  return story.get<HoldsAnswer>(ResumeQueue{"after the outage", std::move(plan)});
}

Plan canary(std::uint32_t jobs, std::optional<Ramp> ramp = {}) { return {{}, jobs, ramp}; }
Plan ramp(const Ramp& ramp) { return {{}, {}, ramp}; }

Rollout rollout(const QueueStory& story) { return must(read_queue(*story.view())).rollout; }

}  // namespace

TEST_CASE("a canary lets so many jobs go, and the last success lets the others go in its append") {
  QueueStory story;
  story.enqueue_many(10);
  resume_with(story, canary(3));
  const auto first = story.lease(2);
  REQUIRE(first.size() == 2);
  const auto more = story.lease(10);
  REQUIRE(more.size() == 1);
  CHECK(story.lease(10).empty());
  story.complete(first[0]);
  story.complete(first[1]);
  CHECK(story.lease(10).empty());
  story.complete(more[0]);
  CHECK(story.last_events(2) == Names{"JobCompleted", "CanaryPassed"});
  CHECK(story.lease(10).size() == 7);
  CHECK_FALSE(rollout(story).exists());
}

TEST_CASE("a job of the canary that fails by itself, or goes back, draws another one") {
  QueueStory story;
  story.enqueue_many(10);
  resume_with(story, canary(1));
  const auto failing = story.lease_one();
  story.fail(failing);
  const auto returning = story.lease_one();
  story.release(returning);
  const auto expiring = story.lease_one();
  CHECK(story.lease(10).empty());
  story.wait(31s);
  story.expire();
  CHECK(story.job(expiring.job.row.id).status == JobStatus::pending);
  story.complete(story.lease_one());
  CHECK(story.lease(20).size() == 9);
}

TEST_CASE("a failure of a service opens the circuit, and the rollout is over with the opening") {
  QueueStory story;
  story.enqueue_many(10);
  resume_with(story, canary(2, ten_a_second));
  story.report(story.lease_one());
  CHECK(story.last_events(5) == Names{"CircuitOpened", "QueuePaused", "HoldPlaced", "RolloutEnded", "JobReturned"});
  CHECK_FALSE(rollout(story).exists());
  story.close();
  CHECK(story.lease(20).size() == 10);
}

TEST_CASE("a plan that only slows work down is a command that ends at its first step") {
  QueueStory story;
  story.enqueue_many(3);
  const auto answer = resume_with(story, ramp(ten_a_second));
  REQUIRE(answer.plan);
  CHECK(answer.plan->ramp == ten_a_second);
  story.advance();
  const JobCommandRow row = must(read_job_command(*story.view(), answer.plan->id));
  CHECK(row.state == JobCommandState::done);
  CHECK(row.done == 0);
  CHECK(rollout(story).phase == RolloutPhase::ramp);  // it goes on
}

TEST_CASE("a plan parks some jobs, and lets the others go as its ramp says") {
  QueueStory story;
  story.enqueue_many(5);
  story.enqueue_many(5, {}, "fax");
  Plan plan = ramp(ten_a_second);
  plan.actions.push_back({PlanVerb::park});
  plan.actions.back().job_type = "fax";
  resume_with(story, plan);
  story.advance();
  CHECK(story.counts().parked == 5);
  CHECK(story.lease(10).size() == 1);
}

TEST_CASE("a canary with nothing to draw passes in the append of the plan") {
  QueueStory story;
  resume_with(story, canary(5, ten_a_second));
  CHECK(story.last_events(2) == Names{"JobCommandStarted", "CanaryPassed"});
  CHECK(rollout(story).phase == RolloutPhase::ramp);
}

TEST_CASE("a canary whose last jobs leave passes with the event that leaves nothing to draw") {
  QueueStory story;
  story.enqueue_many(1);
  const CampaignId spring = story.running();
  story.enqueue_many(2, spring);
  resume_with(story, canary(5));
  SECTION("a job is cancelled, and a campaign paused") {
    story.cancel(1);
    CHECK(rollout(story).exists());
    story.change(spring, PauseCampaign{"lunch"});
    CHECK(story.last_events(2) == Names{"CampaignPaused", "CanaryPassed"});
  }
  SECTION("a job of it is leased, and its campaign ends") {
    const auto jobs = story.lease(3);
    REQUIRE(jobs.size() == 3);
    for (const LeasedJob& job : jobs)
      if (job.job.row.campaign.is_nil()) story.complete(job);
    CHECK(rollout(story).succeeded == 1);
    story.change(spring, CancelCampaign{"x"});
    CHECK(story.last_events(2) == Names{"CampaignCancelled", "CanaryPassed"});
  }
}

TEST_CASE("leases keep to the ramp, and are free when its time is over") {
  QueueStory story;
  story.enqueue_many(300);
  resume_with(story, ramp(ten_a_second));
  CHECK(story.lease(100).size() == 1);
  CHECK(story.lease(100).empty());
  std::size_t leased = 1;
  for (int i = 0; i < 99; ++i) {
    story.wait(100ms);
    const std::size_t some = story.lease(100).size();
    CHECK(some <= 1);
    leased += some;
  }
  CHECK(leased >= 95);
  CHECK(leased <= 100);
  story.wait(100ms);
  CHECK(story.lease(300).size() == 300 - leased);
  story.end_rollout();
  CHECK(story.last_events(1) == Names{"RolloutEnded"});
  CHECK_FALSE(rollout(story).exists());
}

TEST_CASE("a ramp that is read again goes on where it was, and gives nothing twice") {
  QueueStory story;
  story.enqueue_many(100);
  resume_with(story, ramp(ten_a_second));
  story.wait(5s);
  CHECK(story.lease(100).size() == 1);
  story.restart();
  CHECK(story.lease(100).empty());
  story.wait(5s);
  CHECK(story.lease(100).size() == 99);  // its time is over, and is not counted anew
}

TEST_CASE("a ramp that was lost with its append limits nobody") {
  QueueStory story;
  story.enqueue_many(20);
  story.lag();
  resume_with(story, ramp(ten_a_second));
  CHECK(story.lease(20).size() == 1);
  story.lose_the_disk();
  CHECK(story.lease(20).size() == 20);
}

TEST_CASE("a newer plan takes the place of the rollout, also one that slows nothing down") {
  QueueStory story;
  story.enqueue_many(20);
  resume_with(story, ramp(ten_a_second));
  CHECK(story.lease(20).size() == 1);
  SECTION("by another ramp") {
    resume_with(story, ramp({20'000, 20'000, 10'000}));
    CHECK(rollout(story).command == 2);
    CHECK(story.lease(20).size() == 1);
  }
  SECTION("by none") {
    resume_with(story, Plan{});
    CHECK_FALSE(rollout(story).exists());
    CHECK(story.lease(20).size() == 19);
  }
}

TEST_CASE("a rollout can be stopped, once, and the plan's command cannot stop it") {
  QueueStory story;
  story.enqueue_many(20);
  const auto answer = resume_with(story, canary(1, ten_a_second));
  CHECK(story.lease(20).size() == 1);
  must(story.ask(StopJobCommand{answer.plan->id}));
  CHECK(story.lease(20).empty());
  const auto stopped = story.get<RolloutAnswer>(StopRollout{"it is fast again"});
  CHECK(stopped.changed);
  CHECK(stopped.stopped.rollout.phase == RolloutPhase::canary);
  CHECK(stopped.stopped.rollout.in_flight.size() == 1);
  CHECK(story.lease(20).size() == 19);
  const Seq head = story.log.head().seq;
  CHECK_FALSE(story.get<RolloutAnswer>(StopRollout{"again"}).changed);
  CHECK(story.log.head().seq == head);
}

TEST_CASE("leases that wait get the jobs of a ramp as they become free") {
  CoreStory story;
  for (int i = 0; i < 20; ++i) story.enqueue();
  must(story.ask(ResumeQueue{"after the outage", ramp(ten_a_second)}));
  std::vector<PendingPtr> waiting;
  for (int i = 0; i < 10; ++i) {
    waiting.push_back(story.send(LeaseJobs{"worker-1", 1, 30'000, {}, 20'000}));
    story.run();
  }
  const auto answered = [&] {
    return std::count_if(waiting.begin(), waiting.end(), [](const PendingPtr& one) { return one->there(); });
  };
  CHECK(answered() == 1);
  for (int tenths = 1; tenths <= 9; ++tenths) {
    story.advance(100ms);
    story.run();
    CHECK(answered() <= tenths + 1);
    CHECK(answered() >= tenths);
  }
}

TEST_CASE("leases that wait for a canary are answered when it passes, or draws another job") {
  CoreStory story;
  for (int i = 0; i < 5; ++i) story.enqueue();
  must(story.ask(ResumeQueue{"after the outage", canary(1)}));
  const LeasedJob first = story.get<LeaseAnswer>(LeaseJobs{"worker-1", 5, 30'000, {}}).jobs.at(0);
  const PendingPtr waiting = story.send(LeaseJobs{"worker-2", 5, 30'000, {}, 20'000});
  story.run();
  REQUIRE_FALSE(waiting->there());
  SECTION("it passes") {
    must(story.ask(CompleteJob{first.job.row.id, first.token, {}}));
    story.run();
    CHECK(waiting->get<LeaseAnswer>().jobs.size() == 4);
  }
  SECTION("its job goes back") {
    must(story.ask(ReleaseJob{first.job.row.id, first.token}));
    story.run();
    CHECK(waiting->get<LeaseAnswer>().jobs.size() == 1);
  }
  SECTION("somebody stops it") {
    must(story.ask(StopRollout{"x"}));
    story.run();
    CHECK(waiting->get<LeaseAnswer>().jobs.size() == 4);
  }
}

TEST_CASE("the time of a ramp ends it, although nobody asks for anything") {
  CoreStory story;
  must(story.ask(ResumeQueue{"after the outage", ramp({1'000, 1'000, 2'000})}));
  story.advance(1'900ms);
  story.run();
  CHECK(must(read_queue(*must(story.log.view()))).rollout.exists());
  story.advance(200ms);
  story.run();
  CHECK_FALSE(must(read_queue(*must(story.log.view()))).rollout.exists());
  CHECK(story.log.commits.back() == Names{"RolloutEnded"});
}

TEST_CASE("a canary and a ramp have their ranges") {
  const auto refused = [](Plan plan) {
    Command command{CloseCircuit{"x", {}, std::move(plan)}};
    const auto ok = validate(command);
    return ok ? std::string{} : ok.error().fields.at(0).field;
  };
  CHECK(refused(canary(1)).empty());
  CHECK(refused(canary(1'000)).empty());
  CHECK(refused(canary(0)) == "plan.canary");
  CHECK(refused(canary(1'001)) == "plan.canary");
  CHECK(refused(ramp({1, 1'000'000'000, 604'800'000})).empty());
  CHECK(refused(ramp({0, 1'000, 1})) == "plan.ramp.from_per_second");
  CHECK(refused(ramp({1'000, 0, 1})) == "plan.ramp.to_per_second");
  CHECK(refused(ramp({1'000'000'001, 1'000, 1})) == "plan.ramp.from_per_second");
  CHECK(refused(ramp({1'000, 1'000, 0})) == "plan.ramp.over_ms");
  CHECK(refused(ramp({1'000, 1'000, 604'800'001})) == "plan.ramp.over_ms");
}
