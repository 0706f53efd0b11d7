#include "events/breaker.hpp"

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
  const auto event = std::get<CircuitOpened>(decide(state, failure));
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
  CHECK(state.failed_at == at(10));
  CHECK(state.failures == 1);
  CHECK(state.last_error == failure.error);
  CHECK(state.error_type == "http");
  CHECK(state.service == "apollo");
  CHECK(state.job == 7);
  CHECK(state.campaign == campaign_id(1));
  CHECK(state.reason == "apollo: 429 Too Many Requests");
  CHECK(state.opened_by == "worker-1");
  CHECK(state.closed_by.empty());
}

TEST_CASE("a failure of no service gives its error as the reason") {
  CHECK(std::get<CircuitOpened>(decide(BreakerState{}, RecordFailure{"boom", {}, {}, 0, {}})).reason == "boom");
}

TEST_CASE("a failure while open is recorded in the same epoch and counted") {
  BreakerState state = open_state();
  const auto event = std::get<FailureRecorded>(decide(state, RecordFailure{"timeout", "net", "hermes", 9, {}}));
  CHECK(event.epoch == 3);
  evolve(state, event, at(20));
  CHECK(state.state == CircuitState::open);
  CHECK(state.epoch == 3);
  CHECK(state.failures == 2);
  CHECK(state.last_error == "timeout");
  CHECK(state.error_type == "net");
  CHECK(state.service == "hermes");
  CHECK(state.job == 9);
  CHECK(state.campaign.is_nil());
  CHECK(state.failed_at == at(20));
  CHECK(state.opened_at == at(1));
  CHECK(state.reason == "apollo: 429");
}

TEST_CASE("opening by hand keeps no failure of the opening before") {
  BreakerState state = open_state();
  evolve(state, closed(3), "bob", at(2));
  const auto event = decide(state, OpenCircuit{"maintenance", "hermes"});
  REQUIRE(event);
  CHECK(event->epoch == 4);
  CHECK(event->by_hand);
  evolve(state, *event, "carol", at(3));
  CHECK(state.state == CircuitState::open);
  CHECK(state.failures == 0);
  CHECK(state.last_error.empty());
  CHECK(state.error_type.empty());
  CHECK(state.service == "hermes");
  CHECK(state.job == 0);
  CHECK(state.campaign.is_nil());
  CHECK(state.failed_at == no_time);
  CHECK(state.reason == "maintenance");
  CHECK(state.opened_by == "carol");
  CHECK(state.closed_by.empty());
  CHECK(state.closed_at == at(2));
}

TEST_CASE("opening an open circuit by hand is already so") {
  CHECK_FALSE(decide(open_state(), OpenCircuit{"again", {}}));
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
  CHECK(state.reason == "it is back");
  CHECK(state.opened_at == at(1));
  CHECK(state.opened_by == "alice");
  CHECK(state.last_error == "429 Too Many Requests");
  CHECK(state.failures == 1);
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
  CHECK(hold_cause(event, "alice") == "circuit opened by apollo: 429 Too Many Requests");
  event.service.clear();
  CHECK(hold_cause(event, "alice") == "circuit opened: 429 Too Many Requests");
  event.by_hand = true;
  event.reason = "maintenance";
  CHECK(hold_cause(event, "alice") == "circuit opened by alice: maintenance");
  event.service = "hermes";
  CHECK(hold_cause(event, "alice") == "circuit opened by hermes: maintenance");
}

TEST_CASE("a long cause is cut between two characters") {
  CircuitOpened event = opened(1, "");
  event.error = std::string(511, 'x') + "\xE2\x82\xAC and more";
  CHECK(hold_cause(event, "alice") == "circuit opened: " + std::string(511, 'x'));
  event.error = std::string(512, 'x');
  CHECK(hold_cause(event, "alice") == "circuit opened: " + event.error);
}
