// Why a job is not with a worker (read_why): each condition, their order, and what it does when rows do not tell all.

#include <breakerd/events/rules/conditions.hpp>
#include <breakerd/storage/views/views.hpp>
#include "tests/storage/log/log_form.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);

JobWhy why(const World& world, JobId job, const OutsideState& outside = {at(1'000), true, no_time}) {
  MemoryLog log;
  Append append;
  append.events = world.told;
  must(try_append(log, append));
  return must(read_why(*must(log.view()), job, outside));
}

std::string kinds(const JobWhy& why) {
  std::string all;
  for (const Condition& condition : why.conditions)
    all += (all.empty() ? "" : " ") + std::string{to_string(condition.kind)};
  return all;
}

/// The only condition.
Condition only(const JobWhy& why) {
  INFO(kinds(why));
  REQUIRE(why.conditions.size() == 1);
  CHECK(!why.runnable());
  return why.conditions.front();
}

JobEnqueued with(JobEnqueued event, auto change) {
  auto changed = std::make_shared<JobSpec>(*event.spec);
  change(*changed);
  event.spec = std::move(changed);
  return event;
}

/// The job's attempt fails at event `seq`, and the next one is due some seconds of queue time later.
JobAttemptFailed failed_until(JobId job, Time due) { return {job, {}, 1, "no mailbox", "smtp", 60'000, due}; }

}  // namespace

TEST_CASE("nothing stands between the first ready job and a worker") {
  World world;
  world.enqueue().enqueue();
  const JobWhy first = why(world, 1);
  CHECK(first.job == 1);
  CHECK(first.status == JobStatus::pending);
  CHECK(first.runnable());
  CHECK(first.conditions.empty());
}

TEST_CASE("a job that is not there is not found") {
  MemoryLog log;
  CHECK(refusal(read_why(*must(log.view()), 1, {})) == ErrorCode::not_found);
}

TEST_CASE("under an open circuit a job waits for its close, and its campaign for the hold as well") {
  World world;
  world.enqueue().add(spring).start(spring).enqueue(spring).open_circuit();
  const Condition alone = only(why(world, 1));
  CHECK(alone.kind == ConditionKind::circuit);
  CHECK(alone.detail == "the circuit is open, epoch 1: " + world.circuit.opened_reason);
  CHECK(alone.by == "alice");
  CHECK(alone.since == world.circuit.opened_at);
  CHECK(alone.until == no_time);
  CHECK(alone.ends_by == "close");
  CHECK(alone.epoch == 1);
  const JobWhy held = why(world, 2);
  CHECK(held.status == JobStatus::paused);
  REQUIRE(kinds(held) == "circuit hold");
  const Condition& hold = held.conditions[1];
  CHECK(hold.detail == "its campaign is held: " + world.the_queue.holds[0].cause);
  CHECK(hold.by == "alice");
  CHECK(hold.since == world.the_queue.holds[0].placed_at);
  CHECK(hold.ends_by == "resume-queue");
  CHECK(hold.campaign == spring);
  world.close_circuit();
  CHECK(why(world, 1).runnable());
  CHECK(kinds(why(world, 2)) == "hold");
}

TEST_CASE("every hold on a campaign is told, also when an operator has paused it") {
  World world;
  world.add(spring).start(spring).enqueue(spring);
  world.tell(service_hold(2, "hermes", 1)).tell(service_hold(3, "apollo", 1), "bob");
  const JobWhy held = why(world, 1);
  REQUIRE(kinds(held) == "hold hold");
  CHECK(held.conditions[0].service == "hermes");
  CHECK(held.conditions[1].service == "apollo");
  CHECK(held.conditions[1].by == "bob");
  CHECK(held.conditions[1].ends_by == "resume-campaigns-for-service");
  world.tell(CampaignPaused{spring, "lunch"}, "carol");
  const JobWhy paused = why(world, 1);
  REQUIRE(kinds(paused) == "hold hold campaign");
  CHECK(paused.conditions[2].detail == "its campaign is paused by carol: lunch");
  CHECK(paused.conditions[2].by == "carol");
  CHECK(paused.conditions[2].since == at(static_cast<std::int64_t>(world.last_seq())));
  CHECK(paused.conditions[2].ends_by == "resume");
}

TEST_CASE("a hold does not concern campaigns that were started behind it, nor jobs of none") {
  World world;
  world.enqueue().tell(service_hold(1, "hermes")).add(spring).start(spring).enqueue(spring);
  CHECK(why(world, 1).runnable());
  CHECK(why(world, 2).runnable());
}

TEST_CASE("who paused a campaign is not told when it was changed after that") {
  World world;
  world.add(spring).start(spring).enqueue(spring).tell(CampaignPaused{spring, "lunch"}).tell(CampaignSealed{spring});
  const Condition paused = only(why(world, 1));
  CHECK(paused.kind == ConditionKind::campaign);
  CHECK(paused.detail == "its campaign is paused by alice: lunch");
  CHECK(paused.by.empty());
  CHECK(paused.since == no_time);
}

TEST_CASE("a campaign that is not started is waited for") {
  World world;
  world.add(spring).enqueue(spring);
  const JobWhy waits = why(world, 1);
  CHECK(waits.status == JobStatus::pending);
  const Condition created = only(waits);
  CHECK(created.kind == ConditionKind::campaign);
  CHECK(created.detail == "its campaign is not started");
  CHECK(created.by == "alice");
  CHECK(created.since == at(1));
  CHECK(created.ends_by == "start");
  CHECK(created.campaign == spring);
}

TEST_CASE("a gate that is shut while the circuit is closed is a condition, too") {
  World world;
  world.enqueue();
  const Condition gate = only(why(world, 1, {at(10), false, no_time}));
  CHECK(gate.kind == ConditionKind::circuit);
  CHECK(gate.epoch == 0);
  CHECK(gate.since == no_time);
  CHECK(gate.ends_by == "breakerd");
  world.open_circuit();
  CHECK(only(why(world, 1, {at(10), false, no_time})).ends_by == "close");
}

TEST_CASE("a job waits until its run_at") {
  World world;
  world.tell(with(enqueued(1), [](JobSpec& spec) { spec.run_at = at(500); }), "bob");
  const Condition time = only(why(world, 1));
  CHECK(time.kind == ConditionKind::run_at);
  CHECK(time.until == at(500));
  CHECK(time.since == at(1));
  CHECK(time.by == "bob");
  CHECK(time.ends_by == "time");
}

TEST_CASE("the delay after a failure says how much is left of it while it stands still") {
  World world;
  world.enqueue().lease(1).tell(failed_until(1, at(63)));  // the failure is event 3
  const Condition delay = only(why(world, 1));
  CHECK(delay.kind == ConditionKind::retry);
  CHECK(delay.detail == "attempt 1 of 3 has failed, and the next one comes after a delay");
  CHECK(delay.by == "worker-1");
  CHECK(delay.since == at(3));
  CHECK(delay.until == next_attempt_at(world.jobs.at(1), world.the_queue));
  CHECK(delay.ends_by == "time");
  world.open_circuit();
  const JobWhy still = why(world, 1);
  REQUIRE(kinds(still) == "circuit retry");
  CHECK(still.conditions[1].until == no_time);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at(63) - world.the_queue.queue_time(at(1'000)));
  CHECK(still.conditions[1].detail == delay.detail + ": " + std::to_string(left.count()) +
                                          " ms of it are left, and it stands still while the queue is paused");
}

TEST_CASE("a leased job names its worker, also while it reads PAUSED") {
  World world;
  world.enqueue().enqueue().lease(1).lease(2);
  const OutsideState outside{at(10), true, at(40)};
  const JobWhy leased = why(world, 2, outside);
  CHECK(leased.status == JobStatus::processing);
  const Condition lease = only(leased);
  CHECK(lease.kind == ConditionKind::lease);
  CHECK(lease.detail == "a worker is at attempt 1 of 3");
  CHECK(lease.by == "worker-1");
  CHECK(lease.since == at(4));
  CHECK(lease.until == at(40));
  CHECK(lease.ends_by == "worker");
  world.open_circuit();
  const JobWhy paused = why(world, 2, outside);
  CHECK(paused.status == JobStatus::paused);
  CHECK(kinds(paused) == "circuit lease");
}

TEST_CASE("jobs of its lane that are leased before it are counted, by priority and number") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue({}, "mail").enqueue({}, "sms");  // 1 is of another lane
  world.tell(with(enqueued(4), [](JobSpec& spec) { spec.priority = 5; }));
  world.tell(with(enqueued(5), [](JobSpec& spec) { spec.priority = -5; }));
  world.tell(with(enqueued(6), [](JobSpec& spec) { spec.run_at = at(100'000); }));
  world.enqueue({}, "mail").enqueue({}, "mail");  // 7 and 8
  world.lease(7);
  const Condition lane = only(why(world, 8));
  CHECK(lane.kind == ConditionKind::lane);
  CHECK(
      lane.detail ==
      "3 ready jobs of no campaign are leased before it (2 of its job type); jobs of campaigns are leased in turn with "
      "them");
  CHECK(lane.ends_by == "leases");
  CHECK(why(world, 4).runnable());
  CHECK(only(why(world, 2)).detail.starts_with("1 ready job of no campaign is leased before it (1 of its job type)"));
  CHECK(only(why(world, 3)).detail.starts_with("2 ready jobs of no campaign are leased before it (0 of its job type)"));
  CHECK(only(why(world, 5)).detail.starts_with("4 ready jobs "));
  CHECK(kinds(why(world, 6)) == "run_at lane");
  CHECK(why(world, 1).runnable());
}

TEST_CASE("jobs ahead are counted up to a bound") {
  World world;
  const JobId last = limits::jobs_ahead_max + 2;
  for (JobId job = 1; job <= last; ++job) world.enqueue({}, job % 2 == 0 ? "mail" : "sms");
  CHECK(only(why(world, last - 1)).detail.starts_with("1000 ready jobs "));
  CHECK(only(why(world, last)).detail.starts_with("1000 or more ready jobs "));
}

TEST_CASE("of a job that has ended its end is told, and nothing else") {
  World world;
  world.enqueue().enqueue().enqueue().enqueue().lease(1).lease(2);
  world.tell(completed(1), "bob").tell(JobFailed{2, {}, 1, "no mailbox", "smtp", false, true});
  world.tell(JobCancelled{3, {}, "not needed"}, "carol").tell(JobCancelled{2, {}, "no use", true}, "dave");
  world.open_circuit();
  const JobWhy done = why(world, 1);
  CHECK(done.status == JobStatus::completed);
  const Condition end = only(done);
  CHECK(end.kind == ConditionKind::ended);
  CHECK(end.detail == "it is COMPLETED");
  CHECK(end.by == "bob");
  CHECK(end.since == at(7));
  CHECK(end.ends_by.empty());
  CHECK(only(why(world, 3)).by == "carol");
  CHECK(only(why(world, 2)).detail == "it had FAILED and was discarded");
  CHECK(only(why(world, 2)).ends_by.empty());
}

TEST_CASE("a failed job says that a retry brings it back, unless its campaign cannot go on") {
  World world;
  world.add(spring).start(spring).enqueue(spring).enqueue(spring).lease(1);
  world.tell(JobFailed{1, spring, 1, "no mailbox", "smtp", false, true});
  const Condition failed = only(why(world, 1));
  CHECK(failed.detail == "it is FAILED after 1 of 3 attempts");
  CHECK(failed.ends_by == "retry");
  world.tell(CampaignCancelled{spring, "summer is here", 1}, "bob");
  CHECK(only(why(world, 1)).ends_by.empty());
  const JobWhy cut = why(world, 2);
  CHECK(cut.status == JobStatus::cancelled);
  const Condition end = only(cut);
  CHECK(end.kind == ConditionKind::ended);
  CHECK(end.detail == "its campaign is CANCELLED by bob: summer is here");
  CHECK(end.by == "bob");
  CHECK(end.since == world.campaigns.at(spring).finished_at);
}
