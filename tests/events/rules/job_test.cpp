#include <breakerd/events/rules/job.hpp>

#include <breakerd/events/model/limits.hpp>
#include "tests/support/world.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const CampaignId spring = campaign_id(1);
const TokenDigest token = digest_token("token of 1");
const TokenDigest other_token = digest_token("another");

/// One leased job of a running campaign.
World leased_world() {
  World world;
  world.add(spring).start(spring).enqueue(spring).lease(1);
  return world;
}

FailJob failure(std::string service = {}) { return {1, "", "it broke", "bug", std::move(service)}; }

/// What each end of a lease says to a token.
std::vector<ErrorCode> refusals(const JobContext& job, const TokenDigest& with) {
  return {refusal(check_lease(job, with)), refusal(decide_complete(job, with, "1")),
          refusal(decide_fail(job, with, failure(), {})), refusal(decide_return(job, with, failure("apollo"))),
          refusal(decide_release(job, with))};
}
const std::vector<ErrorCode> all_stale(5, ErrorCode::stale_lease);

}  // namespace

TEST_CASE("a new job waits, with what its spec says") {
  World world;
  auto wanted = std::make_shared<JobSpec>(*spec(spring, "sms"));
  wanted->max_attempts = 7;
  wanted->max_expiries = 4;
  world.add(spring);
  world.tell(must(decide_enqueue(world.lanes[spring], 1, wanted)));
  const JobRow& row = world.jobs[1];
  CHECK(row.id == 1);
  CHECK(row.campaign == spring);
  CHECK(row.status == JobStatus::pending);
  CHECK(row.enqueued == 2);
  CHECK(row.last == 2);
  CHECK(row.finished == 0);
  CHECK(row.job_type == "sms");
  CHECK(row.max_attempts == 7);
  CHECK(row.max_expiries == 4);
  CHECK(row.attempts == 0);
  CHECK(row.created_at == at(2));
  CHECK(row.started_at == no_time);
}

TEST_CASE("a sealed or ended campaign takes no jobs") {
  LaneRow lane;
  lane.sealed = true;
  CHECK(refusal(decide_enqueue(lane, 1, spec(spring))) == ErrorCode::sealed);
  for (const auto status : {CampaignStatus::completed, CampaignStatus::failed, CampaignStatus::cancelled}) {
    lane.status = status;
    CHECK(refusal(decide_enqueue(lane, 1, spec(spring))) == ErrorCode::wrong_state);
  }
}

TEST_CASE("a created, running or paused campaign takes jobs") {
  LaneRow lane;
  for (const auto status : {CampaignStatus::created, CampaignStatus::running, CampaignStatus::paused}) {
    lane.status = status;
    CHECK(must(decide_enqueue(lane, 4, spec(spring))).job == 4);
  }
}

TEST_CASE("a lane takes no more types than its limit, and more jobs of those it has") {
  LaneRow lane;
  for (std::size_t i = 0; i < limits::lane_job_classes_max; ++i)
    lane.classes.push_back({{"type" + std::to_string(10'000 + i), {}}, 1});
  CHECK(refusal(decide_enqueue(lane, 1, spec({}, "a new one"))) == ErrorCode::limit);
  CHECK(must(decide_enqueue(lane, 1, spec({}, "type10500"))).job == 1);
  lane.classes.pop_back();
  CHECK(must(decide_enqueue(lane, 1, spec({}, "a new one"))).job == 1);
}

TEST_CASE("a lease names the attempt it is") {
  JobRow row;
  row.id = 5;
  row.campaign = spring;
  row.attempts = 2;
  const JobLeased event = decide_lease(row, "worker-9", 1'000, token);
  CHECK(event.job == 5);
  CHECK(event.campaign == spring);
  CHECK(event.worker == "worker-9");
  CHECK(event.lease_ms == 1'000);
  CHECK(event.token == token);
  CHECK(event.attempt == 3);
}

TEST_CASE("a leased job reads PROCESSING, with the time of its first start kept") {
  World world = leased_world();
  CHECK(world.jobs[1].status == JobStatus::processing);
  CHECK(world.jobs[1].worker == "worker-1");
  CHECK(world.jobs[1].lease_ms == 30'000);
  const Time first = world.jobs[1].started_at;
  CHECK(first == at(4));
  world.tell(JobReleased{1, spring}).lease(1);
  CHECK(world.jobs[1].started_at == first);
  CHECK(world.jobs[1].updated_at == at(6));
}

TEST_CASE("only the living lease's token does anything") {
  World world = leased_world();
  must(check_lease(world.about(1), token));
  CHECK(refusals(world.about(1), other_token) == all_stale);
  CHECK(refusals(world.about(1), TokenDigest{}) == all_stale);
  world.tell(JobLeaseExpired{1, spring, "worker-1"});
  CHECK(refusals(world.about(1), token) == all_stale);
  CHECK(refusals(world.about(1), TokenDigest{}) == all_stale);
}

TEST_CASE("a stale token is told the job's status") {
  World world = leased_world();
  world.tell(completed(1, spring));
  const Error error = error_of(decide_complete(world.about(1), token, "2"));
  CHECK(error.code == ErrorCode::stale_lease);
  CHECK(error.job_status == "COMPLETED");
}

TEST_CASE("completing a job keeps its result in the event and counts the attempt") {
  World world = leased_world();
  const auto event = must(decide_complete(world.about(1), token, R"({"n":2})"));
  CHECK(event.result == R"({"n":2})");
  world.tell(event);
  const JobRow& row = world.jobs[1];
  CHECK(row.status == JobStatus::completed);
  CHECK(row.attempts == 1);
  CHECK(row.finished == 5);
  CHECK(row.finished_at == at(5));
  CHECK(refusals(world.about(1), token) == all_stale);
}

TEST_CASE("a job's own failure is tried again until its attempts are used up") {
  World world = leased_world();
  for (std::uint32_t attempt = 1; attempt <= 2; ++attempt) {
    const auto event = must(decide_fail(world.about(1), token, failure(), {}));
    CHECK(std::get<JobAttemptFailed>(event).attempt == attempt);
    world.tell(event);
    CHECK(world.jobs[1].status == JobStatus::pending);
    CHECK(world.jobs[1].attempts == attempt);
    CHECK(world.jobs[1].error == "it broke");
    CHECK(world.jobs[1].finished == 0);
    world.lease(1);
  }
  const auto last = must(decide_fail(world.about(1), token, failure(), {}));
  CHECK(std::get<JobFailed>(last).attempt == 3);
  world.tell(last);
  CHECK(world.jobs[1].status == JobStatus::failed);
  CHECK(world.jobs[1].attempts == 3);
  CHECK(world.jobs[1].error_type == "bug");
  CHECK(world.jobs[1].finished == world.last_seq());
}

TEST_CASE("a completed job keeps no error of an earlier attempt, and a waiting one does") {
  World world = leased_world();
  world.tell(must(decide_fail(world.about(1), token, failure(), {})));
  CHECK(world.jobs[1].error == "it broke");
  CHECK(world.jobs[1].error_type == "bug");
  world.lease(1);
  CHECK(world.jobs[1].error == "it broke");
  world.tell(must(decide_complete(world.about(1), token, "")));
  CHECK(world.jobs[1].status == JobStatus::completed);
  CHECK(world.jobs[1].error.empty());
  CHECK(world.jobs[1].error_type.empty());
}

TEST_CASE("a service failure, a release and an expiry count no attempt") {
  World world = leased_world();
  const auto returned = must(decide_return(world.about(1), token, failure("apollo")));
  CHECK(returned.service == "apollo");
  world.open_circuit("apollo", 1).tell(returned).close_circuit();
  world.tell(HoldsLifted{{world.the_queue.newest_hold()}, 1, 0, 1}).lease(1);
  CHECK(world.jobs[1].error == "it broke");
  world.tell(must(decide_release(world.about(1), token))).lease(1);
  world.tell(JobLeaseExpired{1, spring, "worker-1"});
  CHECK(world.jobs[1].status == JobStatus::pending);
  CHECK(world.jobs[1].attempts == 0);
  CHECK(world.jobs[1].expiries == 1);
  world.lease(1);
  CHECK(must(decide_fail(world.about(1), token, failure(), {})).index() == EventData{JobAttemptFailed{}}.index());
}

TEST_CASE("pausing touches no lease: what is in flight may end, and is asked to stop") {
  World world = leased_world();
  auto beat = must(decide_heartbeat(world.about(1), token, InFlight::stop));
  CHECK_FALSE(beat.stop);
  CHECK(beat.extend);
  world.open_circuit();
  CHECK(world.about(1).status() == JobStatus::paused);
  beat = must(decide_heartbeat(world.about(1), token, InFlight::stop));
  CHECK(beat.stop);
  CHECK(beat.extend);
  CHECK(must(decide_complete(world.about(1), token, "1")).job == 1);
  CHECK(must(decide_release(world.about(1), token)).job == 1);
  world.close_circuit();
  CHECK(world.about(1).status() == JobStatus::paused);  // its campaign is still held
  CHECK(must(decide_heartbeat(world.about(1), token, InFlight::stop)).stop);
  world.tell(HoldsLifted{{2}, 1, 0, 1});
  CHECK(world.about(1).status() == JobStatus::processing);
  CHECK_FALSE(must(decide_heartbeat(world.about(1), token, InFlight::stop)).stop);
}

namespace {

/// Whether its worker is told to stop; its lease is extended in any case.
bool is_stopped(const World& world, JobId id = 1, const TokenDigest& of_job = token) {
  const auto beat = must(decide_heartbeat(world.about(id), of_job, world.circuit.in_flight));
  CHECK(beat.lives);
  CHECK(beat.extend);
  CHECK(beat.stop != goes_on(world.about(id), world.circuit.in_flight));
  return beat.stop;
}

World& open_to_finish(World& world) {
  const Epoch epoch = world.circuit.epoch + 1;
  return world.tell_with_consequences(CircuitOpened{epoch, true, "x", "", "", "", 0, {}, "", InFlight::finish});
}

}  // namespace

TEST_CASE("an opening that lets runs finish stops none, also while its hold outlives it") {
  World world = leased_world();
  world.enqueue().lease(2);
  open_to_finish(world);
  for (const JobId id : {1, 2}) {
    CHECK(world.about(id).status() == JobStatus::paused);
    CHECK_FALSE(is_stopped(world, id, digest_token("token of " + std::to_string(id))));
    CHECK_FALSE(can_count_expiry(world.about(id)));
  }
  CHECK(must(decide_complete(world.about(1), token, "1")).job == 1);
  world.close_circuit();
  CHECK(world.about(1).status() == JobStatus::paused);  // its campaign is still held
  CHECK_FALSE(is_stopped(world));
  world.open_circuit();  // the next opening says otherwise
  CHECK(is_stopped(world));
}

TEST_CASE("while an opening lets runs finish, everything else stops them as ever") {
  World world = leased_world();
  open_to_finish(world);
  SECTION("a pause by hand") {
    world.tell(CampaignPaused{spring, "lunch"});
    CHECK(is_stopped(world));
  }
  SECTION("a cancel") {
    world.tell(*must(decide_cancel(world.about(1), "x")));
    CHECK(must(decide_heartbeat(world.about(1), token, world.circuit.in_flight)).stop);
  }
  SECTION("the end of its campaign") {
    world.tell(CampaignFailed{spring, "x", 1});
    CHECK_FALSE(goes_on(world.about(1), world.circuit.in_flight));
    CHECK(must(decide_heartbeat(world.about(1), token, world.circuit.in_flight)).stop);
  }
  SECTION("somebody who asks for the opening once more, and has runs stop") {
    world.tell(OpeningReaffirmed{1, "x", "", InFlight::stop});
    CHECK(is_stopped(world));
    world.tell(OpeningReaffirmed{1, "x", "", InFlight::finish});
    CHECK_FALSE(is_stopped(world));
  }
}

TEST_CASE("a hold in the name of a service stops runs, whatever openings say that come before or after it") {
  World world = leased_world();
  const bool is_placed_first = GENERATE(true, false);
  const auto place = [&] {
    world.tell(
        HoldPlaced{world.the_queue.last_ordinal + 1, HoldKind::service, "hermes", "slow", is_placed_first ? 1u : 0u});
  };
  if (is_placed_first) place();
  open_to_finish(world);
  if (!is_placed_first) place();
  CHECK(is_stopped(world));
  world.close_circuit();
  CHECK(is_stopped(world));
  const auto holds = world.the_queue.holds;
  const auto of_service =
      std::find_if(holds.begin(), holds.end(), [](const Hold& hold) { return hold.kind == HoldKind::service; });
  world.tell(HoldsLifted{{of_service->ordinal}, 0, 1, 0});
  CHECK_FALSE(is_stopped(world));
}

TEST_CASE("a cancelled job's worker is told to stop and cannot end it") {
  World world = leased_world();
  world.tell(*must(decide_cancel(world.about(1), "not needed")));
  CHECK(world.jobs[1].status == JobStatus::cancelled);
  const auto beat = must(decide_heartbeat(world.about(1), token, InFlight::stop));
  CHECK(beat.stop);
  CHECK_FALSE(beat.extend);
  CHECK(refusal(decide_heartbeat(world.about(1), other_token, InFlight::stop)) == ErrorCode::stale_lease);
  CHECK(refusals(world.about(1), token) == all_stale);
}

TEST_CASE("the end of a campaign ends its leases: stop, then stale") {
  World world = leased_world();
  world.tell(CampaignCancelled{spring, "enough", 1});
  CHECK(world.about(1).status() == JobStatus::cancelled);
  CHECK(world.jobs[1].status == JobStatus::processing);  // as kept: nothing was rewritten
  const auto beat = must(decide_heartbeat(world.about(1), token, InFlight::stop));
  CHECK(beat.stop);
  CHECK_FALSE(beat.extend);
  CHECK(refusals(world.about(1), token) == all_stale);
  CHECK_FALSE(must(decide_cancel(world.about(1), "again")));
}

TEST_CASE("cancelling: a waiting or leased job once, a cancelled one is so already, an ended one not") {
  World world;
  world.enqueue().enqueue().enqueue().lease(2).lease(3).tell(completed(3));
  CHECK(must(decide_cancel(world.about(1), "x"))->reason == "x");
  CHECK(must(decide_cancel(world.about(2), "x"))->job == 2);
  world.tell(JobCancelled{1, {}, "x"});
  CHECK_FALSE(must(decide_cancel(world.about(1), "x")));
  const Error error = error_of(decide_cancel(world.about(3), "x"));
  CHECK(error.code == ErrorCode::wrong_state);
  CHECK(error.job_status == "COMPLETED");
}

TEST_CASE("an expiry says whether it counts, and the one beyond the bound fails the job without counting an attempt") {
  World world = leased_world();
  world.jobs[1].max_expiries = 2;
  const auto expire = [&](bool excused) {
    const EventData event = decide_expiry(world.about(1), excused);
    world.tell(event);
    return event;
  };
  CHECK_FALSE(std::get<JobLeaseExpired>(expire(true)).counted);
  world.lease(1);
  const auto first = std::get<JobLeaseExpired>(expire(false));
  CHECK(first.counted);
  CHECK(first.worker == "worker-1");
  CHECK(first.campaign == spring);
  world.lease(1);
  expire(false);
  CHECK(world.jobs[1].expiries == 3);
  CHECK(world.jobs[1].expiries_counted == 2);
  CHECK(world.jobs[1].status == JobStatus::pending);
  world.lease(1);
  CHECK_FALSE(std::get<JobLeaseExpired>(decide_expiry(world.about(1), true)).counted);  // an excuse holds here too
  const auto last = std::get<JobFailed>(expire(false));
  CHECK(last.expired);
  CHECK(last.campaign == spring);
  CHECK(last.error_type == "lease_expired");
  CHECK(last.error == "its lease expired 3 times, the last one of worker worker-1, and max_expiries is 2");
  CHECK(world.jobs[1].status == JobStatus::failed);
  CHECK(world.jobs[1].attempts == 0);
  CHECK(world.jobs[1].expiries == 4);
  CHECK(world.jobs[1].expiries_counted == 3);
}
