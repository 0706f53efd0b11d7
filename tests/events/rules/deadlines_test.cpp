// Until when jobs must have been started, and how long they were held.

#include <random>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include "tests/support/seed.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;

namespace {

const CampaignId spring = campaign_id(1);

JobEnqueued expiring(JobId id, CampaignId campaign, Time deadline, const std::string& service = {}) {
  JobSpec made = *spec(campaign);
  made.expires_at = made.deadline = deadline;
  made.service = service;
  return {id, std::make_shared<const JobSpec>(std::move(made))};
}

/// Tells events about another campaign until the last one is of this second.
void pass_until(World& world, std::int64_t second) {
  const CampaignId other = campaign_id(9);
  while (static_cast<std::int64_t>(world.last_seq()) < second)
    world.campaigns.contains(other) ? world.tell(CampaignUpdated{other, "x", {}, {}, {}}) : world.add(other);
}

Time queue_now(const World& world) {
  return world.the_queue.queue_time(at(static_cast<std::int64_t>(world.last_seq())));
}
DeadlineState look(const World& world, JobId job) { return look_at_deadline(world.about(job), queue_now(world)); }

std::string refused_field(JobSpec spec) {
  const Error error = error_of(set_deadline(spec, at(100), at(40)));
  CHECK(error.code == ErrorCode::invalid);
  REQUIRE(error.fields.size() == 1);
  return error.fields.front().field;
}

}  // namespace

TEST_CASE("a deadline is made of a time or of a period, in queue time") {
  JobSpec made = *spec();
  must(set_deadline(made, at(100), at(40)));
  CHECK(made.deadline == no_time);
  made.expires_at = at(160);
  must(set_deadline(made, at(100), at(40)));
  CHECK(made.deadline == at(100));
  JobSpec period = *spec();
  period.expires_in_ms = 2'500;
  must(set_deadline(period, at(100), at(40)));
  CHECK(period.expires_at == at(102) + 500ms);
  CHECK(period.deadline == at(42) + 500ms);
  CHECK(period.expires_in_ms == 0);
}

TEST_CASE("a job that could not be started before it expires is refused") {
  JobSpec over = *spec();
  over.expires_at = at(100);
  CHECK(refused_field(over) == "expires_at");
  JobSpec never = *spec();
  never.run_at = at(200);
  never.expires_at = at(200);
  CHECK(refused_field(never) == "expires_at");
}

TEST_CASE("a deadline comes at its time, and a lease ends the wait for good") {
  World world;
  world.tell(expiring(1, {}, at(10))).tell(expiring(2, {}, at(10)));
  CHECK(world.jobs[1].lifetime_ms == 9'000);
  pass_until(world, 9);
  CHECK(look(world, 1) == DeadlineState::waits);
  world.lease(2).tell(JobReleased{2, {}});
  CHECK(look(world, 1) == DeadlineState::has_come);
  CHECK(look(world, 2) == DeadlineState::waits);
  CHECK_FALSE(world.jobs[2].deadline.exists());
  world.tell(JobExpired{1, {}});
  CHECK(world.jobs[1].status == JobStatus::expired);
  CHECK(world.jobs[1].error_type == "expired");
  CHECK(world.the_queue.job_counts().expired == 1);
  CHECK(world.the_queue.job_counts().pending == 1);
}

TEST_CASE("while the queue is paused a deadline does not come, and is as far away afterwards") {
  World world;
  world.tell(expiring(1, {}, at(10)));
  world.open_circuit();  // events 2 to 4; the pause is event 3
  pass_until(world, 30);
  CHECK(look(world, 1) == DeadlineState::waits);
  world.close_circuit();  // 31 and 32
  CHECK(queue_now(world) == at(3));
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 38);
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 39);
  CHECK(look(world, 1) == DeadlineState::has_come);
}

TEST_CASE("a deadline waits for the end of what holds its job, and then as long as was left") {
  World world;
  world.add(spring).start(spring).tell(expiring(1, spring, at(20), "apollo"));
  std::vector<EventData> ends;
  SECTION("its campaign, paused by hand") {
    world.tell(CampaignPaused{spring, "lunch"});
    ends = {CampaignResumed{spring, 2}};
  }
  SECTION("a hold on campaigns") {
    world.tell(service_hold(2, "hermes"));
    ends = {HoldsLifted{{2}, 1, 0, 1}};
  }
  SECTION("a hold on its type") {
    world.tell(JobHoldPlaced{1, "mail", "", "x"});
    ends = {JobHoldLifted{1, "x"}};
  }
  SECTION("a hold on its service") {
    world.tell(JobHoldPlaced{1, "", "apollo", "x"});
    ends = {JobHoldLifted{1, "x"}};
  }
  SECTION("a hold on its campaign") {
    world.tell(JobHoldPlaced{1, "", "", "x", spring});
    ends = {JobHoldLifted{1, "x"}};
  }
  CHECK(is_held(world.about(1)));
  pass_until(world, 30);
  REQUIRE(look(world, 1) == DeadlineState::moves);
  world.tell(DeadlinesMoved{at(31), {1}});
  CHECK(world.jobs[1].deadline == Deadline{at(20), at(4), true});
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 103);
  world.tell(ends.front());  // held from 4 to 104
  CHECK_FALSE(is_held(world.about(1)));
  CHECK(look(world, 1) == DeadlineState::moves);
  CHECK(shown_deadline(world.about(1)) == at(120));
  world.tell(DeadlinesMoved{at(105), {1}});
  CHECK(world.jobs[1].deadline == Deadline{at(120), at(105), false});
  CHECK(shown_deadline(world.about(1)) == at(120));
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 120);
  CHECK(look(world, 1) == DeadlineState::has_come);
}

TEST_CASE("a job whose deadline came before the hold is over it when the hold ends, whoever looks first") {
  World world;
  world.tell(expiring(1, {}, at(5)));
  pass_until(world, 9);
  world.tell(JobHoldPlaced{1, "mail", "", "x"}).tell(DeadlinesMoved{at(11), {1}});
  CHECK(world.jobs[1].deadline == Deadline{at(5), at(10), true});
  CHECK(look(world, 1) == DeadlineState::waits);
  world.tell(JobHoldLifted{1, "x"});
  CHECK(look(world, 1) == DeadlineState::has_come);
  world.tell(JobExpired{1, {}});
}

TEST_CASE("a hold that ended before the deadline came moves it too, and one of other jobs does not") {
  World world;
  world.tell(expiring(1, {}, at(50), "apollo"));
  world.tell(JobHoldPlaced{1, "", "hermes", "x"}).tell(JobHoldPlaced{2, "", "apollo", "x"});
  pass_until(world, 12);
  world.tell(JobHoldLifted{2, "x"});  // held from 3 to 13
  CHECK(shown_deadline(world.about(1)) == at(60));
  pass_until(world, 50);
  CHECK(look(world, 1) == DeadlineState::moves);
  world.tell(DeadlinesMoved{at(51), {1}});
  CHECK(world.jobs[1].deadline == Deadline{at(60), at(51), false});
  pass_until(world, 60);
  CHECK(look(world, 1) == DeadlineState::has_come);
}

TEST_CASE("a span that ends later than now, because somebody has set the wall clock, counts once") {
  World world;
  world.tell(expiring(1, {}, at(5)));
  world.the_queue.past_job_holds.push_back({"mail", {}, {}, {at(2), at(300)}});
  pass_until(world, 9);
  REQUIRE(look(world, 1) == DeadlineState::moves);
  world.tell(DeadlinesMoved{at(10), {1}});
  CHECK(world.jobs[1].deadline == Deadline{at(303), at(300), false});
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 302);
  CHECK(look(world, 1) == DeadlineState::waits);
  pass_until(world, 303);
  CHECK(look(world, 1) == DeadlineState::has_come);
}

TEST_CASE("a campaign that has ended has no deadlines") {
  World world;
  world.add(spring).start(spring).tell(expiring(1, spring, at(20))).tell(CampaignCancelled{spring, "x", 1});
  CHECK(look(world, 1) == DeadlineState::moves);
  world.tell(DeadlinesMoved{at(5), {1}});
  CHECK_FALSE(world.jobs[1].deadline.exists());
  CHECK(world.the_queue.job_counts().cancelled == 1);
}

TEST_CASE("an expired job is retried with as long to be started as it had at first, or discarded") {
  World world;
  world.tell(expiring(1, {}, at(5))).tell(JobExpired{1, {}});
  const auto retry = must(decide_retry(world.about(1), "again", at(100)));
  REQUIRE(retry.size() == 1);
  CHECK(std::get<JobRetried>(retry.front()).deadline == at(104));
  World discarded = world;
  discarded.tell(must(decide_discard(world.about(1), "too late")));
  CHECK(discarded.jobs[1].status == JobStatus::cancelled);
  CHECK(discarded.the_queue.job_counts().expired == 0);
  world.tell(retry.front());
  CHECK(world.jobs[1].deadline == Deadline{at(104), at(100), false});
  CHECK(world.jobs[1].is_ready());
  FailedJobs filter;
  CHECK_FALSE(matches(filter, world.jobs[1]));
  filter.status = JobStatus::expired;
  world.tell(JobExpired{1, {}});
  CHECK(matches(filter, world.jobs[1]));
}

TEST_CASE("spans that are not remembered one by one make deadlines later, never earlier") {
  World world;
  world.add(spring).start(spring).tell(expiring(1, spring, at(10'000)));
  Ordinal ordinal = 1;
  const std::size_t pauses = limits::held_spans_max + 5;
  for (std::size_t i = 0; i < pauses; ++i)
    world.tell(CampaignPaused{spring, "x"})
        .tell(CampaignResumed{spring, ++ordinal})
        .tell(CampaignUpdated{spring, "y", {}, {}, {}});
  CHECK(world.lanes[spring].held.size() == limits::held_spans_max);
  CHECK(held_time(world.about(1), queue_now(world)) >= std::chrono::seconds{pauses});
  for (JobHoldId hold = 1; hold <= limits::past_holds_max + 5; ++hold)
    world.tell(JobHoldPlaced{hold, "mail", "", "x"}).tell(JobHoldLifted{hold, "x"});
  CHECK(world.the_queue.past_job_holds.size() == limits::past_holds_max);
  CHECK(held_time(world.about(1), queue_now(world)) >= std::chrono::seconds{pauses + limits::past_holds_max + 5});
}

TEST_CASE("how long a job was held is how long it was seen to be held, whatever happened") {
  std::minstd_rand random{test_seed()};
  const auto up_to = [&](unsigned last) { return std::uniform_int_distribution<unsigned>{0, last}(random); };
  for (int round = 0; round < 200; ++round) {
    World world;
    world.add(spring).start(spring).tell(expiring(1, spring, at(100'000), "apollo"));
    world.tell(expiring(2, {}, at(100'000), "hermes"));
    std::array<Duration, 3> held{};
    for (int step = 0; step < 40; ++step) {
      const Seq before = world.last_seq();
      const std::array<bool, 3> was{false, is_held(world.about(1)), is_held(world.about(2))};
      const Time then = queue_now(world);
      const Ordinal next = world.the_queue.last_ordinal + 1;
      const auto& holds = world.the_queue.holds;
      const auto& job_holds = world.the_queue.job_holds;
      bool told = true;
      switch (up_to(8)) {
        case 0:
          told = world.try_tell(CampaignPaused{spring, "x"}).has_value();
          break;
        case 1:
          told = world.the_queue.hold_on(world.lanes[spring].started) == nullptr &&
                 world.try_tell(CampaignResumed{spring, next}).has_value();
          break;
        case 2:
          world.tell(service_hold(next, up_to(1) == 0 ? "hermes" : "apollo"));
          break;
        case 3:
          told = !holds.empty() && world.try_tell(HoldsLifted{{holds[up_to(1) % holds.size()].ordinal}}).has_value();
          break;
        case 4: {
          const std::array<JobHoldPlaced, 4> all{
              {{0, "mail", "", "x"}, {0, "", "apollo", "x"}, {0, "", "hermes", "x"}, {0, "", "", "x", spring}}};
          JobHoldPlaced hold = all[up_to(3)];
          hold.hold = world.the_queue.last_job_hold + 1;
          told = world.try_tell(hold).has_value();
          break;
        }
        case 5:
          told = !job_holds.empty() &&
                 world.try_tell(JobHoldLifted{job_holds[up_to(3) % job_holds.size()].id, "x"}).has_value();
          break;
        case 6:
          if (world.circuit.state == CircuitState::closed)
            world.tell(opened(world.circuit.epoch + 1));
          else
            world.tell(closed(world.circuit.epoch));
          break;
        default:
          pass_until(world, static_cast<std::int64_t>(before) + 1 + up_to(4));
          break;
      }
      if (!told) continue;
      // All but the last of the new events change nothing about holds; an opening or a close is told in its parts.
      const Duration passed = queue_now(world) - then;
      for (const std::size_t job : {1U, 2U})
        if (was[job]) held[job] += passed;
      if (world.expected.next != FollowUp::Next::any) {
        const Time at_word = queue_now(world);
        const bool opens = world.circuit.state == CircuitState::open;
        const std::array<bool, 3> still{false, is_held(world.about(1)), is_held(world.about(2))};
        if (opens) {
          const PauseDecision pause = decide_pause(world.the_queue, opened(world.circuit.epoch), "alice");
          world.tell(pause.pause).tell(pause.hold);
        } else {
          world.tell(decide_resume(world.the_queue, world.circuit.epoch));
        }
        for (const std::size_t job : {1U, 2U})
          if (still[job]) held[job] += queue_now(world) - at_word;
      }
      INFO("round " << round << ", event " << world.last_seq());
      const bool all_remembered = world.lanes[spring].held.size() < limits::held_spans_max;
      for (const JobId job : {JobId{1}, JobId{2}}) {
        const Duration counted = held_time(world.about(job), queue_now(world));
        if (all_remembered || job == 2)
          REQUIRE(counted == held[job]);
        else
          REQUIRE(counted >= held[job]);
      }
    }
  }
}
