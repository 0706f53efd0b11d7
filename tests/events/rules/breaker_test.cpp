#include <breakerd/events/rules/breaker.hpp>

#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

BreakerState open_state(Epoch epoch = 3) {
  BreakerState state;
  state.epoch = epoch - 1;
  evolve(state, opened(epoch), "alice", at(1));
  return state;
}

const RecordFailure failure{"429 Too Many Requests", "http", "apollo", 7, campaign_id(1)};

}  // namespace

TEST_CASE("a failure opens a closed circuit in the next epoch") {
  BreakerState state;
  state.epoch = 4;
  const auto event = std::get<CircuitOpened>(decide(state, failure, InFlight::stop));
  CHECK(event.epoch == 5);
  CHECK_FALSE(event.by_hand);
  CHECK(event.reason == "apollo: 429 Too Many Requests");
  CHECK(event.error == failure.error);
  CHECK(event.error_type == "http");
  CHECK(event.service == "apollo");
  CHECK(event.job == 7);
  CHECK(event.campaign == campaign_id(1));

  evolve(state, event, "worker-1", at(10));
  CHECK(state.state == CircuitState::open);
  CHECK(state.epoch == 5);
  CHECK(state.opened_at == at(10));
  CHECK(state.failures == 1);
  CHECK(state.opened_by_failure == Failure{failure.error, "http", "apollo", 7, campaign_id(1), "", "worker-1", at(10)});
  CHECK(state.last_failure == state.opened_by_failure);
  CHECK(state.service == "apollo");
  CHECK(state.opened_reason == "apollo: 429 Too Many Requests");
  CHECK(state.opened_by == "worker-1");
  CHECK(state.closed_by.empty());
}

TEST_CASE("a failure of no service gives its error as the reason") {
  CHECK(std::get<CircuitOpened>(decide(BreakerState{}, RecordFailure{"boom", {}, {}, 0, {}}, InFlight::stop)).reason ==
        "boom");
}

TEST_CASE("a failure while open is recorded in the same epoch, counted, and kept apart from that of the opening") {
  BreakerState state = open_state();
  const Failure first = state.opened_by_failure;
  auto event =
      std::get<FailureRecorded>(decide(state, RecordFailure{"timeout", "net", "hermes", 9, {}}, InFlight::stop));
  CHECK(event.epoch == 3);
  event.worker = "worker-2";
  evolve(state, event, "bob", at(20));
  CHECK(state.state == CircuitState::open);
  CHECK(state.epoch == 3);
  CHECK(state.failures == 2);
  CHECK(state.last_failure == Failure{"timeout", "net", "hermes", 9, {}, "worker-2", "bob", at(20)});
  CHECK(state.opened_by_failure == first);
  CHECK(state.service == "apollo");
  CHECK(state.opened_at == at(1));
  CHECK(state.opened_reason == "apollo: 429");
}

TEST_CASE("opening by hand keeps no failure of the opening before") {
  BreakerState state = open_state();
  evolve(state, closed(3), "bob", at(2));
  const auto event = std::get<CircuitOpened>(decide(state, OpenCircuit{"maintenance", "hermes"}, InFlight::stop));
  CHECK(event.epoch == 4);
  CHECK(event.by_hand);
  evolve(state, event, "carol", at(3));
  CHECK(state.state == CircuitState::open);
  CHECK(state.failures == 0);
  CHECK_FALSE(state.opened_by_failure.exists());
  CHECK_FALSE(state.last_failure.exists());
  CHECK(state.service == "hermes");
  CHECK(state.opened_reason == "maintenance");
  CHECK(state.closed_reason.empty());
  CHECK(state.opened_by == "carol");
  CHECK(state.closed_by.empty());
  CHECK(state.closed_at == at(2));
}

TEST_CASE("asking by hand for an opening that there is already is recorded and counted, and changes nothing else") {
  BreakerState state = open_state();
  for (const char* reason : {"me too", "still broken"}) {
    const auto event = std::get<OpeningReaffirmed>(decide(state, OpenCircuit{reason, "hermes"}, InFlight::stop));
    CHECK(event.epoch == 3);
    evolve(state, event, "bob", at(5));
  }
  CHECK(state.reaffirmations == 2);
  CHECK(state.last_reaffirmation == Reaffirmation{"still broken", "hermes", "bob", at(5)});
  BreakerState expected = open_state();
  expected.reaffirmations = state.reaffirmations;
  expected.last_reaffirmation = state.last_reaffirmation;
  CHECK(state == expected);
}

TEST_CASE("an opening by hand chooses what becomes of runs in flight, and one that does not has the default") {
  const auto by_default = GENERATE(InFlight::stop, InFlight::finish);
  for (const auto choice : {InFlight::stop, InFlight::finish}) {
    BreakerState state;
    evolve(state, std::get<CircuitOpened>(decide(state, OpenCircuit{"x", "", choice}, by_default)), "bob", at(1));
    CHECK(state.in_flight == choice);
  }
  BreakerState state;
  evolve(state, std::get<CircuitOpened>(decide(state, OpenCircuit{"x", ""}, by_default)), "bob", at(1));
  CHECK(state.in_flight == by_default);
}

TEST_CASE("a failure opens with the default, and while open it changes no choice") {
  const auto by_default = GENERATE(InFlight::stop, InFlight::finish);
  BreakerState state;
  evolve(state, std::get<CircuitOpened>(decide(state, failure, by_default)), "bob", at(1));
  CHECK(state.in_flight == by_default);
  for (const auto other : {InFlight::stop, InFlight::finish})
    evolve(state, std::get<FailureRecorded>(decide(state, failure, other)), "bob", at(2));
  CHECK(state.in_flight == by_default);
}

TEST_CASE("asking once more for an opening changes its choice when it makes one, whatever the default") {
  const auto by_default = GENERATE(InFlight::stop, InFlight::finish);
  BreakerState state = open_state();
  const auto ask = [&](std::optional<InFlight> choice) {
    const auto again = std::get<OpeningReaffirmed>(decide(state, OpenCircuit{"x", "", choice}, by_default));
    const bool goes_on = lets_runs_go_on(state, again);
    evolve(state, again, "bob", at(5));
    return goes_on;
  };
  CHECK_FALSE(ask({}));
  CHECK(state.in_flight == InFlight::stop);
  CHECK(ask(InFlight::finish));
  CHECK(state.in_flight == InFlight::finish);
  CHECK_FALSE(ask(InFlight::finish));
  CHECK_FALSE(ask({}));
  CHECK(state.in_flight == InFlight::finish);
  CHECK_FALSE(ask(InFlight::stop));
  CHECK(state.in_flight == InFlight::stop);
}

TEST_CASE("a close keeps the choice for the campaigns that are held still, and the next opening makes its own") {
  BreakerState state = open_state();
  evolve(state, OpeningReaffirmed{3, "x", "", InFlight::finish}, "bob", at(5));
  evolve(state, closed(3), "bob", at(6));
  CHECK(state.in_flight == InFlight::finish);
  evolve(state, opened(4), "alice", at(7));
  CHECK(state.in_flight == InFlight::stop);
}

TEST_CASE("an opening begins without the reaffirmations of the one before") {
  BreakerState state = open_state();
  evolve(state, OpeningReaffirmed{3, "me too", {}}, "bob", at(5));
  evolve(state, closed(3), "bob", at(6));
  CHECK(state.reaffirmations == 1);
  evolve(state, opened(4), "alice", at(7));
  CHECK(state.reaffirmations == 0);
  CHECK(state.last_reaffirmation == Reaffirmation{});
}

TEST_CASE("closing an open circuit keeps what its opening said") {
  BreakerState state = open_state();
  const auto event = must(decide(state, CloseCircuit{"it is back", std::nullopt}));
  REQUIRE(event);
  CHECK(event->epoch == 3);
  CHECK(event->reason == "it is back");
  evolve(state, *event, "bob", at(30));
  CHECK(state.state == CircuitState::closed);
  CHECK(state.epoch == 3);
  CHECK(state.closed_at == at(30));
  CHECK(state.closed_by == "bob");
  CHECK(state.closed_reason == "it is back");
  CHECK(state.opened_reason == "apollo: 429");
  CHECK(state.opened_at == at(1));
  CHECK(state.opened_by == "alice");
  CHECK(state.last_failure.error == "429 Too Many Requests");
  CHECK(state.failures == 1);
}

TEST_CASE("each event of the circuit, and the whole state it makes") {
  BreakerState state, expected;
  state.closed_at = expected.closed_at = at(1);
  evolve(state, CircuitOpened{5, false, "apollo: 429", "429", "http", "apollo", 7, campaign_id(1), "worker-7"}, "alice",
         at(2));
  expected.state = CircuitState::open;
  expected.epoch = 5;
  expected.opened_at = at(2);
  expected.failures = 1;
  expected.opened_reason = "apollo: 429";
  expected.opened_by = "alice";
  expected.service = "apollo";
  expected.opened_by_failure = {"429", "http", "apollo", 7, campaign_id(1), "worker-7", "alice", at(2)};
  expected.last_failure = expected.opened_by_failure;
  CHECK((state == expected));
  evolve(state, FailureRecorded{5, "refused", "net", "hermes", 8, campaign_id(2), "worker-8"}, "bob", at(3));
  expected.failures = 2;
  expected.last_failure = {"refused", "net", "hermes", 8, campaign_id(2), "worker-8", "bob", at(3)};
  CHECK((state == expected));
  evolve(state, OpeningReaffirmed{5, "me too", "zeus"}, "carol", at(4));
  expected.reaffirmations = 1;
  expected.last_reaffirmation = {"me too", "zeus", "carol", at(4)};
  CHECK((state == expected));
  evolve(state, CircuitClosed{5, "it is back"}, "dave", at(5));
  expected.state = CircuitState::closed;
  expected.closed_at = at(5);
  expected.closed_reason = "it is back";
  expected.closed_by = "dave";
  CHECK((state == expected));
  evolve(state, CircuitOpened{6, true, "maintenance", "", "", "zeus", 0, {}, ""}, "erin", at(6));
  expected = {};
  expected.state = CircuitState::open;
  expected.epoch = 6;
  expected.opened_at = at(6);
  expected.closed_at = at(5);
  expected.opened_reason = "maintenance";
  expected.opened_by = "erin";
  expected.service = "zeus";
  CHECK((state == expected));
}

TEST_CASE("closing a closed circuit is already so") {
  BreakerState state;
  CHECK_FALSE(must(decide(state, CloseCircuit{"why not", std::nullopt})));
  CHECK_FALSE(must(decide(state, CloseCircuit{"why not", 0})));
}

TEST_CASE("a close that names an epoch closes that opening and no other") {
  const BreakerState state = open_state();
  CHECK(must(decide(state, CloseCircuit{"x", 3})));
  CHECK(refusal(decide(state, CloseCircuit{"x", 2})) == ErrorCode::circuit_changed);
  CHECK(refusal(decide(state, CloseCircuit{"x", 4})) == ErrorCode::circuit_changed);
  CHECK(refusal(decide(BreakerState{}, CloseCircuit{"x", 1})) == ErrorCode::circuit_changed);
}

TEST_CASE("a hold's cause names who opened the circuit and why") {
  CircuitOpened event = opened(1);
  CHECK(hold_cause(event, "alice") == "circuit breaker opened by apollo: 429 Too Many Requests");
  event.service.clear();
  CHECK(hold_cause(event, "alice") == "circuit breaker opened: 429 Too Many Requests");
  event.by_hand = true;
  event.reason = "maintenance";
  CHECK(hold_cause(event, "alice") == "circuit breaker opened by alice: maintenance");
  event.service = "hermes";
  CHECK(hold_cause(event, "alice") == "circuit breaker opened by hermes: maintenance");
}

TEST_CASE("a long cause is cut between two characters") {
  CircuitOpened event = opened(1, "");
  event.error = std::string(511, 'x') + "\xE2\x82\xAC and more";
  CHECK(hold_cause(event, "alice") == "circuit breaker opened: " + std::string(511, 'x'));
  event.error = std::string(512, 'x');
  CHECK(hold_cause(event, "alice") == "circuit breaker opened: " + event.error);
  event.error = std::string(513, 'x');
  CHECK(hold_cause(event, "alice") == "circuit breaker opened: " + std::string(512, 'x'));
  event.error = std::string(600, '\x80');  // no text at all
  CHECK(hold_cause(event, "alice") == "circuit breaker opened: ");
}

TEST_CASE("what asks for an opening is a failure, an opening by hand, or a job's failure that names a service") {
  CHECK(asks_to_open(RecordFailure{"429", "", "", 0, {}}));
  CHECK(asks_to_open(OpenCircuit{"x", ""}));
  CHECK(asks_to_open(FailJob{1, "", "429", "http", "apollo"}));
  CHECK_FALSE(asks_to_open(FailJob{1, "", "no mailbox", "smtp", ""}));
  CHECK_FALSE(asks_to_open(CloseCircuit{"x", std::nullopt}));
  CHECK_FALSE(asks_to_open(ReleaseJob{1, ""}));
}
