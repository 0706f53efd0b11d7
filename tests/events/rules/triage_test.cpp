// Plans for the jobs that wait: whom they are about, and what parking does to a job.

#include <breakerd/events/rules/triage.hpp>

#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

const CampaignId spring = campaign_id(1);

JobRow waiting(JobId id = 1, Time created_at = at(10)) {
  JobRow row;
  row.id = id;
  row.job_type = "mail";
  row.service = "apollo";
  row.campaign = spring;
  row.created_at = created_at;
  return row;
}

JobCommandRow plan_of(std::vector<PlanAction> actions, JobId last = 9) {
  return new_job_command(started_plan(4, std::move(actions), last), "alice", at(20));
}

}  // namespace

TEST_CASE("the first action that matches a job counts, and what none matches is released") {
  const PlanAction cancels{PlanVerb::cancel, {}, no_time, {}, "mail", ""};
  const PlanAction parks{PlanVerb::park};
  CHECK(verb_of({cancels, parks}, waiting()) == PlanVerb::cancel);
  CHECK(verb_of({parks, cancels}, waiting()) == PlanVerb::park);
  CHECK(verb_of({{PlanVerb::release}, cancels}, waiting()) == PlanVerb::release);
  CHECK(verb_of(std::vector<PlanAction>{}, waiting()) == PlanVerb::release);
}

TEST_CASE("every part of an action that is given must match") {
  const auto matches = [](const PlanAction& action) { return verb_of({action}, waiting()) == PlanVerb::park; };
  CHECK(matches({PlanVerb::park, {}, at(10), spring, "mail", "apollo"}));
  CHECK_FALSE(matches({PlanVerb::park, {}, at(9), spring, "mail", "apollo"}));
  CHECK_FALSE(matches({PlanVerb::park, {}, no_time, campaign_id(2), "", ""}));
  CHECK_FALSE(matches({PlanVerb::park, {}, no_time, {}, "fax", ""}));
  CHECK_FALSE(matches({PlanVerb::park, {}, no_time, {}, "", "hermes"}));
}

TEST_CASE("ages are counted from the plan's commit") {
  PlanAction old{PlanVerb::park};
  old.older_than_ms = 2'000;
  const auto fixed = fix_ages({{old, {PlanVerb::cancel}}}, at(12));
  REQUIRE(fixed.size() == 2);
  CHECK(fixed[0] == PlanAction{PlanVerb::park, {}, at(10), {}, "", ""});
  CHECK(fixed[1].enqueued_by == no_time);
}

TEST_CASE("a plan is about the jobs that waited when it began, and wait since") {
  const JobCommandRow plan = plan_of({{PlanVerb::park}});
  CHECK(verb_of(plan, waiting(9)) == PlanVerb::park);
  CHECK(verb_of(plan, waiting(10)) == PlanVerb::release);  // enqueued later
  JobRow leased = waiting();
  leased.status = JobStatus::processing;
  CHECK(verb_of(plan, leased) == PlanVerb::release);
  JobRow came_back = waiting();
  came_back.waits_since = 4;
  CHECK(verb_of(plan, came_back) == PlanVerb::release);
  came_back.waits_since = 3;  // before the plan began
  CHECK(verb_of(plan, came_back) == PlanVerb::park);
  JobRow parked = waiting();
  parked.parked = {2, at(5)};
  CHECK(verb_of(plan, parked) == PlanVerb::release);
}

TEST_CASE("a parked job reads PAUSED and is counted so, and its campaign does not complete") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).enqueue();
  world.tell(CampaignSealed{spring}).tell(started_plan(1, {{PlanVerb::park, {}, no_time, spring, "", ""}}, 3));
  world.tell(JobCommandAdvanced{1, 3, 2, 0, 2}).tell(JobParked{1, spring, 1}).tell(JobParked{2, spring, 1});
  CHECK(world.about(1).status() == JobStatus::paused);
  CHECK(parked_reason(world.jobs[1].parked) == "parked: by command 1");
  CHECK(world.the_queue.job_counts().paused == 2);
  CHECK(world.the_queue.job_counts().parked == 2);
  CHECK(world.the_queue.job_counts().pending == 1);
  CHECK(shown_counts(world.lanes[spring], world.the_queue).parked == 2);
  CHECK(shown_counts(world.lanes[spring], world.the_queue).pending == 0);
  CHECK_FALSE(is_terminal(world.lanes[spring].status));
  SECTION("it is released, and waits as before") {
    world.tell(JobUnparked{1, spring});
    CHECK(world.about(1).status() == JobStatus::pending);
    CHECK(world.the_queue.job_counts().parked == 1);
    world.lease(1);
  }
  SECTION("it is cancelled, and its campaign completes with the last one") {
    world.tell(JobCancelled{1, spring, "stale"}).tell(JobCancelled{2, spring, "stale"});
    world.tell(CampaignCompleted{spring, 0, 0, 2});
    CHECK(world.the_queue.job_counts().cancelled == 2);
    CHECK(world.the_queue.job_counts().parked == 0);
  }
  SECTION("its campaign is cancelled, and nobody counts it as parked any more") {
    world.tell(CampaignCancelled{spring, "enough", 2});
    CHECK(world.about(1).status() == JobStatus::cancelled);
    CHECK(world.the_queue.job_counts().parked == 0);
  }
}

TEST_CASE("an opening and a close do not count parked jobs among those that they hold and resume") {
  World world;
  world.enqueue().enqueue().tell(started_plan(1, {{PlanVerb::park, {}, at(1), {}, "", ""}}, 2));
  world.tell(JobCommandAdvanced{1, 2, 1, 0, 1}).tell(JobParked{1, {}, 1});
  CHECK(decide_pause(world.the_queue, opened(1), "alice").pause.jobs_held == 1);
  world.open_circuit();
  CHECK(world.the_queue.job_counts().paused == 2);
  CHECK(decide_resume(world.the_queue, 1).jobs_resumed == 1);
}

TEST_CASE("a job that waits for a time waits for it when it is released, unless it has come meanwhile") {
  World world;
  JobSpec later = *spec();
  later.run_at = at(1'000);
  world.tell(JobEnqueued{1, std::make_shared<const JobSpec>(later)});
  world.tell(started_plan(1, {{PlanVerb::park}}, 1)).tell(JobCommandAdvanced{1, 1, 1, 0, 1});
  world.tell(JobParked{1, {}, 1});
  CHECK(world.the_queue.job_counts().scheduled == 0);
  SECTION("it waits") {
    world.tell(JobUnparked{1, {}});
    CHECK(world.jobs[1].is_scheduled());
    CHECK(world.the_queue.job_counts().scheduled == 1);
  }
  SECTION("it has come") {
    world.tell(JobsDue{{1}});
    CHECK(world.jobs[1].is_parked());
    world.tell(JobUnparked{1, {}});
    CHECK(world.jobs[1].is_ready());
  }
}

TEST_CASE("the deadline of a parked job stands still") {
  World world;
  JobSpec brief = *spec();
  brief.expires_at = brief.deadline = at(20);
  world.tell(JobEnqueued{1, std::make_shared<const JobSpec>(brief)});
  world.tell(started_plan(1, {{PlanVerb::park}}, 1)).tell(JobCommandAdvanced{1, 1, 1, 0, 1});
  world.tell(JobParked{1, {}, 1});  // at second 4
  const auto look = [&](std::int64_t second) { return look_at_deadline(world.about(1), at(second)); };
  CHECK(look(19) == DeadlineState::waits);
  CHECK(look(500) == DeadlineState::moves);
  SECTION("also when nobody has looked at it") {
    world.tell(JobUnparked{1, {}});  // at second 5
    CHECK(world.jobs[1].deadline.at == at(21));
  }
  SECTION("also when it came meanwhile") {
    world.tell(DeadlinesMoved{at(500), {1}});
    CHECK(world.jobs[1].deadline.is_held);
    world.tell(JobUnparked{1, {}});  // at second 6
    CHECK(world.jobs[1].deadline.at == at(22));
    CHECK_FALSE(world.jobs[1].deadline.is_held);
  }
  SECTION("also under a hold, which counts once") {
    world.tell(JobHoldPlaced{1, "mail", "", "x"});  // 5
    world.tell(JobUnparked{1, {}});                 // 6
    CHECK(world.jobs[1].deadline.at == at(22));
    world.tell(JobHoldLifted{1, "x"});  // 7
    CHECK(held_time(world.about(1), at(7)) == 1s);
  }
}
