// How long a run of a job may take.

#include <breakerd/events/rules/job.hpp>
#include "tests/support/results.hpp"
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const TokenDigest token = digest_token("token of 1");
const CampaignId spring = campaign_id(1);

/// One leased job of a running campaign, with a timeout.
World leased_world(std::uint32_t max_attempts = 3) {
  auto wanted = std::make_shared<JobSpec>(*spec(spring));
  wanted->timeout_ms = 5'000;
  wanted->max_attempts = max_attempts;
  World world;
  world.add(spring).start(spring).tell(JobEnqueued{1, wanted}).lease(1);
  return world;
}

}  // namespace

TEST_CASE("a job's row has the timeout of its spec, and 0 without one") {
  CHECK(leased_world().jobs[1].timeout_ms == 5'000);
  World world;
  world.enqueue();
  CHECK(world.jobs[1].timeout_ms == 0);
}

TEST_CASE("a late run is told to stop, and its lease is not extended") {
  const World world = leased_world();
  const auto beat = must(decide_heartbeat(world.about(1), token, InFlight::stop, true));
  CHECK(beat.stop);
  CHECK(beat.lives);
  CHECK_FALSE(beat.extend);
  CHECK_FALSE(must(decide_heartbeat(world.about(1), token, InFlight::stop, false)).stop);
  CHECK(must(decide_complete(world.about(1), token, "1")).job == 1);
}

TEST_CASE("while a job reads PAUSED its run is not over its time") {
  World world = leased_world();
  CHECK(times_out(world.about(1), InFlight::stop, true));
  CHECK_FALSE(times_out(world.about(1), InFlight::stop, false));
  world.open_circuit();
  CHECK_FALSE(times_out(world.about(1), InFlight::stop, true));
  const auto beat = must(decide_heartbeat(world.about(1), token, InFlight::stop, true));
  CHECK(beat.stop);
  CHECK(beat.extend);
  world.close_circuit();  // its campaign is still held
  CHECK_FALSE(times_out(world.about(1), InFlight::stop, true));
  world.tell(HoldsLifted{{2}, 1, 0, 1});
  CHECK(times_out(world.about(1), InFlight::stop, true));
}

TEST_CASE("a run that an opening lets finish is over its time as ever") {
  World world = leased_world();
  world.tell_with_consequences(CircuitOpened{1, true, "x", "", "", "", 0, {}, "", InFlight::finish});
  CHECK(world.about(1).status() == JobStatus::paused);
  CHECK(times_out(world.about(1), world.circuit.in_flight, true));
  const auto beat = must(decide_heartbeat(world.about(1), token, world.circuit.in_flight, true));
  CHECK(beat.stop);
  CHECK_FALSE(beat.extend);
  world.tell(CampaignPaused{spring, "x"});  // which stops it before
  CHECK_FALSE(times_out(world.about(1), world.circuit.in_flight, true));
}

TEST_CASE(
    "a run that is over its time is a failed attempt, with the delay of its backoff, and the last one ends the job") {
  World world = leased_world(2);
  const Backoff slow{BackoffKind::fixed, Jitter::none, 700};
  const EventData event = decide_timeout(world.about(1), {&slow, at(9), 0});
  const auto& failed = std::get<JobAttemptFailed>(event);
  CHECK(failed.attempt == 1);
  CHECK(failed.error == "timeout: the run took longer than 5000 ms");
  CHECK(failed.error_type == "timeout");
  CHECK(failed.delay_ms == 700);
  CHECK(failed.due == at(9) + std::chrono::milliseconds{700});
  world.tell(event).tell(JobsDue{{1}});
  CHECK(world.jobs[1].attempts == 1);
  CHECK(world.jobs[1].expiries == 0);
  CHECK(world.jobs[1].failures.size() == 1);
  world.lease(1);
  const EventData last = decide_timeout(world.about(1), {});
  CHECK(std::get<JobFailed>(last).attempt == 2);
  CHECK_FALSE(std::get<JobFailed>(last).expired);
  world.tell(last);
  CHECK(world.jobs[1].status == JobStatus::failed);
  CHECK(world.jobs[1].error_type == "timeout");
}

TEST_CASE("the queue knows when a pause has ended last") {
  World world = leased_world();
  CHECK(world.the_queue.resumed_at == no_time);
  world.open_circuit().close_circuit();
  const Time closed_at = at(static_cast<std::int64_t>(world.last_seq()));
  CHECK(world.the_queue.resumed_at == closed_at);
  world.tell(HoldsLifted{{2}, 1, 0, 1});
  CHECK(world.the_queue.resumed_at == at(static_cast<std::int64_t>(world.last_seq())));
  world.tell(CampaignPaused{spring, "x"}).enqueue();
  world.tell(CampaignResumed{spring, world.the_queue.last_ordinal + 1});
  CHECK(world.the_queue.resumed_at == at(static_cast<std::int64_t>(world.last_seq())));
}

TEST_CASE("the queue knows when an opening has let runs go on that were told to stop") {
  World world = leased_world();
  world.open_circuit();
  const auto ask = [&](InFlight in_flight) { world.tell(OpeningReaffirmed{1, "x", "", in_flight}); };
  ask(InFlight::stop);
  CHECK(world.the_queue.resumed_at == no_time);
  ask(InFlight::finish);
  const Time then = at(static_cast<std::int64_t>(world.last_seq()));
  CHECK(world.the_queue.resumed_at == then);
  ask(InFlight::finish);
  ask(InFlight::stop);
  CHECK(world.the_queue.resumed_at == then);
}
