// Storage that fails, hangs back or cannot be read, as the actors meet it (rules 5 and 6 of the design).

#include <set>

#include <breakerd/storage/tables/payload_row.hpp>
#include "tests/actors/core/core_story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono_literals;
using Types = std::vector<std::string>;

namespace {

/// A core whose disk fails with the next append, and stays away for `reopens` tries.
void lose_the_disk(CoreStory& story, int reopens) {
  story.log.fail_next(1);
  story.log.fail_reopen(reopens);
  CHECK(story.refused(EnqueueJob{CoreStory::job_of()}) == ErrorCode::outcome_unknown);
  REQUIRE_FALSE(story.core->health().ready());
  REQUIRE_FALSE(story.gate().allowed);
}

void wait_for_the_disk(CoreStory& story) {
  for (int i = 0; i < 100 && !story.core->health().ready(); ++i) story.advance(1s);
  REQUIRE(story.core->health().ready());
}

Error refusal_of(CoreStory& story, Command command) { return error_of(story.ask(std::move(command))); }

}  // namespace

TEST_CASE("a failed append shuts the gate, and the first event after it opens the circuit") {
  CoreStory story;
  story.enqueue();
  lose_the_disk(story, 3);
  wait_for_the_disk(story);
  CHECK(story.events(2) == Types{"CircuitOpened", "QueuePaused", "HoldPlaced"});
  CHECK(story.status().breaker.last_failure.error_type == "storage");
  CHECK_FALSE(story.gate().allowed);
  story.close();
  CHECK(story.gate().allowed);
}

TEST_CASE("an opening by breakerd itself has the core's choice of what becomes of runs") {
  const auto in_flight = GENERATE(InFlight::stop, InFlight::finish);
  SECTION("when storage is back") {
    CoreStory story{{}, machine_randomness(), in_flight};
    lose_the_disk(story, 1);
    wait_for_the_disk(story);
    CHECK(story.status().breaker.in_flight == in_flight);
  }
  SECTION("when the run before ended in storage trouble") {
    CoreStory story{[](WatchedLog& log) { log.note_fault_of_last_run(); }, machine_randomness(), in_flight};
    CHECK(story.status().breaker.in_flight == in_flight);
  }
  SECTION("when the core stops and owes one") {
    CoreStory story{{}, machine_randomness(), in_flight};
    lose_the_disk(story, 0);
    CHECK(story.refused(CoreStory::failure()) == ErrorCode::outcome_unknown);
    CHECK(story.stop() == 0);
    CHECK(story.status().breaker.state == CircuitState::open);
    CHECK(story.status().breaker.in_flight == in_flight);
  }
}

TEST_CASE("an opening that chooses and is owed keeps its choice, until it is in the log") {
  CoreStory story;
  lose_the_disk(story, 0);
  CHECK(story.refused(OpenCircuit{"maintenance", {}, InFlight::finish}) == ErrorCode::outcome_unknown);
  if (GENERATE(true, false)) {
    wait_for_the_disk(story);
    story.advance(1s);
  } else {
    CHECK(story.stop() == 0);
  }
  CHECK(story.status().breaker.last_reaffirmation.reason == "maintenance");
  CHECK(story.status().breaker.in_flight == InFlight::finish);
}

TEST_CASE("while storage is down nothing is decided: what is asked leaves no trace when it is back") {
  CoreStory story;
  for (int i = 0; i < 3; ++i) story.enqueue();
  lose_the_disk(story, 5);
  for (int i = 0; i < 50; ++i) CHECK(story.refused(CoreStory::lease_command(2)) == ErrorCode::unavailable);
  CHECK(story.refused(EnqueueJob{CoreStory::job_of()}) == ErrorCode::unavailable);
  CHECK(story.refused(CreateCampaign{"spring", {}, {}}) == ErrorCode::unavailable);
  wait_for_the_disk(story);
  story.close();
  const auto jobs = story.lease(10);
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[0].job.row.id == 1);
  CHECK(story.enqueue() == 4);
}

TEST_CASE("an opening asked for while storage is down is recorded when it is back, and nothing closes before it") {
  CoreStory story;
  lose_the_disk(story, 2);
  CHECK(story.refused(CoreStory::failure("connection refused")) == ErrorCode::outcome_unknown);
  CHECK(story.refused(CloseCircuit{"too early", std::nullopt}) == ErrorCode::unavailable);
  wait_for_the_disk(story);
  story.advance(1s);
  CHECK(story.status().breaker.last_failure.error == "connection refused");
  CHECK(story.status().breaker.failures == 2);  // the trouble's own, and the one that was owed
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("an opening whose failed commit was kept after all is recorded once") {
  CoreStory story;
  story.log.keep_next_but_fail();
  CHECK(story.refused(CoreStory::failure("connection refused")) == ErrorCode::outcome_unknown);
  wait_for_the_disk(story);
  story.advance(1s);
  const BreakerState breaker = story.status().breaker;
  CHECK(breaker.opened_by_failure.error == "connection refused");
  CHECK(breaker.failures == 2);  // that one, and the trouble's own
  CHECK(breaker.last_failure.error_type == "storage");
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("a queue that cannot be read does not start") {
  const Table table = GENERATE(Table::leases, Table::open_lanes, Table::lanes);
  CoreConfig config;
  config.set("scheduler.policy", caf::atom("testing"));
  caf::actor_system system{config};
  WatchedLog log;
  log.damage(table);
  CoreOptions options;
  options.detach_breaker = false;
  const auto core = Core::start(system, log, std::move(options));
  REQUIRE(core.has_error());
  CHECK(core.error().code == ErrorCode::corrupt);
}

TEST_CASE("an event that cannot be read when its job is leased is storage trouble: the circuit opens and says so") {
  CoreStory story{[](WatchedLog& log) {
    Append append;
    append.events.push_back({enqueued(1), "alice", at(0), 0, -1});
    must(must(log.append({&append, 1})).front());
    log.damage(Table::events);
  }};
  CHECK(story.gate().allowed);  // nobody has looked yet
  CHECK(refusal_of(story, CoreStory::lease_command()).code == ErrorCode::unavailable);
  CHECK_FALSE(story.gate().allowed);
  wait_for_the_disk(story);
  CHECK(story.status().breaker.state == CircuitState::open);
  CHECK(story.status().breaker.last_failure.error_type == "storage");
  CHECK(story.status().breaker.last_failure.error == "a block is bad");
}

TEST_CASE("a job whose payload is gone is changed as any other, and is never leased without it") {
  const std::string token(32, 'a');
  CoreStory story{[&](WatchedLog& log) {
    Append append;
    JobLeased lease = leased(2);
    lease.token = digest_token(token);
    for (EventData event : {EventData{enqueued(1)}, EventData{enqueued(2)}, EventData{enqueued(3)}, EventData{lease}})
      append.events.push_back({std::move(event), "alice", at(0), 0, -1});
    must(must(log.append({&append, 1})).front());
    log.lose(Table::payloads);
  }};
  const JobView cancelled = story.get<JobView>(CancelJob{1, "not needed"});
  CHECK(cancelled.status == JobStatus::cancelled);
  CHECK(cancelled.spec->payload.empty());
  CHECK(story.get<JobView>(ReleaseJob{2, token}).status == JobStatus::pending);
  CHECK(story.gate().allowed);
  const Error refused = refusal_of(story, CoreStory::lease_command());
  CHECK(refused.code == ErrorCode::unavailable);
  CHECK_FALSE(story.gate().allowed);
  wait_for_the_disk(story);
  CHECK(story.status().breaker.state == CircuitState::open);
  CHECK(story.status().breaker.last_failure.error == "event 2: its payload is missing");
}

TEST_CASE("each payload and each result has a salt of its own") {
  CoreStory story;
  JobSpec spec = CoreStory::job_of();
  spec.payload = R"({"to":"zoe"})";
  for (int i = 0; i < 2; ++i) story.get<JobView>(EnqueueJob{spec});
  story.get<EnqueuedBatch>(EnqueueJobs{{spec, spec}});
  for (const LeasedJob& job : story.lease(4)) story.get<JobView>(CompleteJob{job.job.row.id, job.token, spec.payload});
  std::set<std::string> salts;
  std::size_t payloads = 0;
  must(must(story.log.view())->scan(Table::payloads, {}, {}, [&](std::string_view, std::string_view row) {
    ++payloads;
    const PayloadRow decoded = must(decode_payload_row(row));
    CHECK(decoded.payload == spec.payload);
    return salts.emplace(row.substr(0, decoded.salt.size())), true;
  }));
  CHECK(payloads == 8);
  CHECK(salts.size() == payloads);
  CHECK_FALSE(salts.contains(std::string(sizeof(Salt), '\0')));
}

TEST_CASE("a queue actor whose state cannot be read again ends, and everything is shut for good") {
  CoreStory story;
  story.enqueue();
  story.log.damage(Table::leases);
  lose_the_disk(story, 0);
  story.advance(10s);
  CHECK(story.fatal == Types{"queue"});
  CHECK_FALSE(story.gate().allowed);
  CHECK_FALSE(story.core->health().ready());
}
