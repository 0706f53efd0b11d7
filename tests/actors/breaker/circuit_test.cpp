// The circuit, seen from outside: the gate, the order of openings and leases, closing.

#include <breakerd/events/rules/queue.hpp>
#include "tests/actors/core/core_story.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Types = std::vector<std::string>;

TEST_CASE("the gate is open over an empty log") {
  CoreStory story;
  CHECK(story.gate().allowed);
  CHECK(story.gate().epoch == 0);
  CHECK(story.core->health().ready());
}

TEST_CASE("the gate is shut before the opening is durable") {
  CoreStory story;
  const auto pending = story.send(CoreStory::failure());
  story.run_only(story.core->breaker());
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.log.head().seq == 0);
  story.run();
  CHECK(pending->get<CircuitAnswer>().changed);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.gate().epoch == 1);
}

TEST_CASE("the gate opens only when the close is durable") {
  CoreStory story;
  story.open();
  const auto pending = story.send(CloseCircuit{"it is back", std::nullopt});
  story.run_only(story.core->breaker());
  story.run_only(story.core->queue());
  CHECK_FALSE(story.gate().allowed);
  story.run();
  CHECK(story.gate().allowed);
  CHECK(story.gate().epoch == 1);
  CHECK(pending->get<CircuitAnswer>().changed);
}

TEST_CASE("an opening with a worker's report is one commit of one append") {
  CoreStory story;
  const CampaignView campaign = story.create();
  story.change(campaign.id, StartCampaign{});
  story.enqueue(campaign.id);
  const auto jobs = story.lease();
  REQUIRE(jobs.size() == 1);
  const JobView job = story.get<JobView>(FailJob{1, jobs[0].token, "429", "http", "apollo"});
  CHECK(job.status == JobStatus::paused);
  CHECK(story.log.commits.back() == Types{"CircuitOpened", "QueuePaused", "HoldPlaced", "JobReturned"});
  CHECK(story.status().breaker.last_failure.job == 1);
  CHECK(story.status().breaker.service == "apollo");
}

TEST_CASE("the answer to an opening carries what it held") {
  CoreStory story;
  const CampaignView campaign = story.create();
  story.change(campaign.id, StartCampaign{});
  for (int i = 0; i < 3; ++i) story.enqueue(campaign.id);
  story.enqueue();
  const CircuitAnswer answer = story.open();
  CHECK(answer.changed);
  CHECK(answer.previous == CircuitState::closed);
  CHECK(answer.breaker.state == CircuitState::open);
  CHECK(answer.breaker.opened_by == "alice");
  CHECK(answer.jobs == 4);
  CHECK(answer.campaigns == 1);
}

TEST_CASE("what is so already is answered and not written") {
  CoreStory story;
  const Seq last = story.log.head().seq;
  CHECK_FALSE(story.close().changed);
  CHECK(story.log.head().seq == last);
}

TEST_CASE("who asks for an opening that there is already is recorded, and the answer shows what was asked") {
  CoreStory story;
  story.open();
  const BreakerState before = story.status().breaker;
  const CircuitAnswer answer = story.get<CircuitAnswer>(OpenCircuit{"hermes is slow too", "hermes"});
  CHECK_FALSE(answer.changed);
  CHECK(answer.previous == CircuitState::open);
  CHECK(answer.breaker.last_reaffirmation.reason == "hermes is slow too");
  CHECK(answer.breaker.last_reaffirmation.service == "hermes");
  CHECK(answer.breaker.opened_reason == before.opened_reason);
  CHECK(story.events().back() == "OpeningReaffirmed");
  CHECK(story.status().breaker == answer.breaker);
  CHECK(story.status().breaker.reaffirmations == 1);
  CHECK(story.status().breaker.epoch == before.epoch);
  CHECK(story.status().holds.size() == 1);
  CHECK_FALSE(story.gate().allowed);
}

TEST_CASE("an opening by a failure has the core's choice of what becomes of runs, one by hand may make its own") {
  const auto by_default = GENERATE(InFlight::stop, InFlight::finish);
  const auto other = by_default == InFlight::stop ? InFlight::finish : InFlight::stop;
  CoreStory story{{}, machine_randomness(), by_default};
  CHECK(story.open().breaker.in_flight == by_default);
  CHECK_FALSE(story.get<CircuitAnswer>(OpenCircuit{"x", {}, by_default}).is_new_choice);
  const CircuitAnswer changed = story.get<CircuitAnswer>(OpenCircuit{"x", {}, other});
  CHECK_FALSE(changed.changed);
  CHECK(changed.is_new_choice);
  CHECK(changed.breaker.in_flight == other);
  CHECK_FALSE(story.get<CircuitAnswer>(OpenCircuit{"x", {}}).is_new_choice);
  CHECK_FALSE(story.get<CircuitAnswer>(CoreStory::failure()).is_new_choice);
  CHECK(story.status().breaker.in_flight == other);
  CHECK_FALSE(story.close().is_new_choice);
  CHECK(story.get<CircuitAnswer>(OpenCircuit{"x", {}}).breaker.in_flight == by_default);
  story.close();
  CHECK(story.get<CircuitAnswer>(OpenCircuit{"x", {}, other}).breaker.in_flight == other);
}

TEST_CASE("a worker's report that opens has the core's choice, too") {
  CoreStory story{{}, machine_randomness(), InFlight::finish};
  story.enqueue();
  story.enqueue();
  const auto jobs = story.lease(2);
  story.get<JobView>(FailJob{1, jobs.at(0).token, "429", "http", "apollo"});
  CHECK(story.status().breaker.in_flight == InFlight::finish);
  CHECK_FALSE(story.get<HeartbeatAnswer>(Heartbeat{2, jobs.at(1).token}).stop);
}

TEST_CASE("a further failure while open is added to the opening") {
  CoreStory story;
  story.open();
  const CircuitAnswer answer = story.get<CircuitAnswer>(CoreStory::failure("connection refused"));
  CHECK_FALSE(answer.changed);
  CHECK(answer.breaker.failures == 2);
  CHECK(answer.breaker.last_failure.error == "connection refused");
  CHECK(story.events().back() == "FailureRecorded");
}

TEST_CASE("a close that names another opening than the current one is refused") {
  CoreStory story;
  story.open();
  story.close();
  story.open();
  CHECK(story.refused(CloseCircuit{"seen", Epoch{1}}) == ErrorCode::circuit_changed);
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.get<CircuitAnswer>(CloseCircuit{"seen", Epoch{2}}).changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("a report of an unknown job opens the circuit and is refused itself") {
  CoreStory story;
  const Error error = error_of(story.ask(FailJob{42, "x", "429", "http", "apollo"}));
  CHECK(error.code == ErrorCode::not_found);
  CHECK(error.detail.ends_with("the failure was recorded all the same and the circuit is open"));
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.status().breaker.state == CircuitState::open);
}

TEST_CASE("many failures at once open the circuit once") {
  CoreStory story;
  std::vector<PendingPtr> pending;
  for (int i = 0; i < 20; ++i) pending.push_back(story.send(CoreStory::failure()));
  story.run();
  int opened = 0;
  for (const auto& one : pending) opened += one->get<CircuitAnswer>().changed ? 1 : 0;
  CHECK(opened == 1);
  CHECK(story.status().breaker.failures == 20);
  CHECK(story.status().breaker.epoch == 1);
}

TEST_CASE("no lease is granted after an opening was answered, in whatever order the actors have their turns") {
  const unsigned seed = test_seed();
  CAPTURE(seed);
  std::mt19937 random{seed};
  for (int round = 0; round < 20; ++round) {
    CoreStory story;
    story.get<EnqueuedBatch>(EnqueueJobs{std::vector<JobSpec>(200, CoreStory::job_of())});
    std::vector<PendingPtr> leases;
    PendingPtr opening;
    for (int i = 0; i < 60; ++i) {
      if (i == 20) opening = story.send(CoreStory::failure());
      leases.push_back(story.send(CoreStory::lease_command()));
      if (i % 4 == 0 && !story.scheduler().jobs.empty()) story.scheduler().run_once();
    }
    const auto granted = [&] {
      std::size_t sum = 0;
      for (const auto& lease : leases)
        if (lease->there()) sum += lease->get<LeaseAnswer>().jobs.size();
      return sum;
    };
    std::size_t in_log = 0;
    bool answered = false;
    story.run_shuffled(random, [&] {
      if (answered || !opening->there()) return;
      answered = true;
      REQUIRE_FALSE(story.gate().allowed);
      in_log = story.events().size();
    });
    REQUIRE(answered);
    REQUIRE(story.events().size() == in_log);  // nothing but empty leases came after
    bool open = false;
    std::size_t leased = 0;
    for (const std::string& type : story.events()) {
      if (type == "CircuitOpened") open = true;
      if (type == "JobLeased") {
        REQUIRE_FALSE(open);
        ++leased;
      }
    }
    REQUIRE(granted() == leased);
  }
}

TEST_CASE("a circuit that was open in the run before is open in this one") {
  CoreStory story{[](WatchedLog& log) {
    const CircuitOpened opening = opened(1);
    const PauseDecision decision = decide_pause(QueueState{}, opening, "alice");
    Append append{{said(opening), said(decision.pause), said(decision.hold)}, {}, {}};
    must(must(log.append({&append, 1})).front());
  }};
  CHECK_FALSE(story.gate().allowed);
  CHECK(story.gate().epoch == 1);
  CHECK(story.close().changed);
  CHECK(story.gate().allowed);
}

TEST_CASE("an opening by a worker's report names the campaign and the worker of its job") {
  CoreStory story;
  const CampaignView campaign = story.create();
  story.change(campaign.id, StartCampaign{});
  story.enqueue(campaign.id);
  const auto jobs = story.lease();
  REQUIRE(jobs.size() == 1);
  story.get<JobView>(FailJob{1, jobs[0].token, "429", "http", "apollo"});
  const Failure evidence = story.status().breaker.opened_by_failure;
  CHECK(evidence.job == 1);
  CHECK(evidence.campaign == campaign.id);
  CHECK(evidence.worker == "worker-1");
  CHECK(evidence.reported_by == "alice");
  CHECK(story.refused(FailJob{1, "stale", "503", "http", "apollo"}) == ErrorCode::stale_lease);
  const BreakerState after = story.status().breaker;
  CHECK(after.last_failure.error == "503");
  CHECK(after.last_failure.campaign == campaign.id);
  CHECK(after.last_failure.worker.empty());  // a stale token does not tell whose it was
  CHECK(after.opened_by_failure == evidence);
  // The breaker's own picture is the log's.
  const CircuitAnswer answer = story.get<CircuitAnswer>(CoreStory::failure());
  CHECK(answer.breaker == story.status().breaker);
}

TEST_CASE("the campaign of no campaign cannot be changed, and asking for it disturbs nobody") {
  CoreStory story;
  story.enqueue();
  for (const CampaignAction& action :
       {CampaignAction{UpdateCampaign{"x", {}, {}}}, CampaignAction{StartCampaign{}},
        CampaignAction{PauseCampaign{"x"}}, CampaignAction{ResumeCampaign{}}, CampaignAction{SealCampaign{}},
        CampaignAction{FailCampaign{"x"}}, CampaignAction{CancelCampaign{"x"}}})
    CHECK(story.refused(ChangeCampaign{{}, action}) == ErrorCode::not_found);
  CHECK(story.lines.empty());
  CHECK(story.lease().size() == 1);
}

TEST_CASE("the circuit's state can be asked for as a request") {
  CoreStory story;
  story.open();
  const PendingPtr pending = story.send_to(story.core->breaker(), circuit_atom_v);
  story.run();
  CHECK(pending->get<CircuitAnswer>().breaker == story.status().breaker);
}
