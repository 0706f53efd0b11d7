#include <breakerd/events/views/circuit_json.hpp>

#include <nlohmann/json.hpp>

#include <breakerd/events/rules/breaker.hpp>
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using nlohmann::json;

namespace {

json shown(const BreakerState& state) {
  std::string text;
  JsonWriter writer{text};
  write_circuit(writer, state);
  return json::parse(text);
}

/// Opened by a worker's report, with a further failure of another service.
BreakerState open_state() {
  BreakerState state;
  CircuitOpened opening = opened(1);
  opening.job = 7;
  opening.worker = "worker-1";
  evolve(state, opening, "alice", at(1));
  evolve(state, FailureRecorded{1, "timeout", "net", "hermes", 9, {}, "worker-2"}, "bob", at(2));
  return state;
}

}  // namespace

TEST_CASE("a fresh circuit has empty metadata and nothing beside it") {
  CHECK(shown({}) == json::parse(R"({"state":"closed","opened_at":null,"closed_at":null,"metadata":{},"epoch":0})"));
}

TEST_CASE("an open circuit shows the failure that opened it apart from the latest one") {
  const json circuit = shown(open_state());
  CHECK(circuit.at("opened_by_failure").at("error") == "429 Too Many Requests");
  CHECK(circuit.at("opened_by_failure").at("service") == "apollo");
  CHECK(circuit.at("opened_by_failure").at("job_id") == 7);
  CHECK(circuit.at("opened_by_failure").at("worker") == "worker-1");
  CHECK(circuit.at("opened_by_failure").at("reported_by") == "alice");
  CHECK(circuit.at("opened_by_failure").at("failed_at") == to_rfc3339(at(1)));
  CHECK(circuit.at("last_failure") == json{{"error", "timeout"},
                                           {"error_type", "net"},
                                           {"service", "hermes"},
                                           {"job_id", 9},
                                           {"worker", "worker-2"},
                                           {"reported_by", "bob"},
                                           {"failed_at", to_rfc3339(at(2))}});
  CHECK_FALSE(circuit.contains("last_outage"));
  CHECK_FALSE(circuit.contains("reaffirmed"));
}

TEST_CASE("metadata has no key without a value") {
  for (const BreakerState& state : {BreakerState{}, open_state()}) {
    const json circuit = shown(state);
    for (const auto& [key, value] : circuit.at("metadata").items()) {
      INFO(key);
      CHECK_FALSE(value.is_null());
      CHECK(value != "");
    }
  }
}

TEST_CASE("a circuit opened by hand shows who and why, and no failure") {
  BreakerState state;
  evolve(state, std::get<CircuitOpened>(decide(state, OpenCircuit{"maintenance", "hermes"}, InFlight::stop)), "carol",
         at(3));
  const json circuit = shown(state);
  CHECK(circuit.at("metadata") == json{{"reason", "maintenance"}, {"service", "hermes"}, {"opened_by", "carol"}});
  CHECK_FALSE(circuit.contains("opened_by_failure"));
  CHECK_FALSE(circuit.contains("last_failure"));
}

TEST_CASE("a closed circuit has the close in metadata and the outage before it beside it") {
  BreakerState state = open_state();
  const json open = shown(state);
  evolve(state, closed(1), "bob", at(9));
  const json circuit = shown(state);
  CHECK(circuit.at("metadata") == json{{"reason", closed(1).reason}, {"closed_by", "bob"}});
  CHECK_FALSE(circuit.contains("opened_by_failure"));
  CHECK_FALSE(circuit.contains("last_failure"));
  CHECK(circuit.at("last_outage") ==
        json{{"epoch", 1},
             {"opened_at", to_rfc3339(at(1))},
             {"closed_at", to_rfc3339(at(9))},
             {"reason", "apollo: 429"},
             {"opened_by", "alice"},
             {"service", "apollo"},
             {"evidence",
              {{"opened_by_failure", open.at("opened_by_failure")}, {"last_failure", open.at("last_failure")}}},
             {"failures", 2}});
}

TEST_CASE("who else asked for an opening that there was is counted and shown while it lasts") {
  BreakerState state = open_state();
  evolve(state, OpeningReaffirmed{1, "me too", "hermes"}, "dave", at(4));
  CHECK(
      shown(state).at("reaffirmed") ==
      json{{"count", 1},
           {"last", {{"reason", "me too"}, {"service", "hermes"}, {"principal", "dave"}, {"at", to_rfc3339(at(4))}}}});
  evolve(state, closed(1), "bob", at(9));
  CHECK_FALSE(shown(state).contains("reaffirmed"));
}

TEST_CASE("an open circuit shows what becomes of runs in flight, and a closed one does not") {
  BreakerState state = open_state();
  CHECK(shown(state).at("in_flight") == "stop");
  evolve(state, OpeningReaffirmed{1, "me too", "", InFlight::finish}, "dave", at(4));
  CHECK(shown(state).at("in_flight") == "finish");
  evolve(state, closed(1), "bob", at(9));
  CHECK_FALSE(shown(state).contains("in_flight"));
}
