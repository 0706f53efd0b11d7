// The circuit by blocking calls.

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

void expect_open(Client& client, Epoch epoch) {
  check(!client.should_allow_request(), "the gate is open under an open circuit");
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.state == CircuitState::open && state.epoch == epoch, "the circuit should be OPEN");
  check(state.opened_at != no_time && state.closed_by.empty(), "an OPEN circuit says when it opened, and no closer");
  check(must(client.status()).queue_paused, "an open circuit pauses the queue");
}

void expect_closed(Client& client, const std::string& principal, const std::string& reason) {
  check(client.should_allow_request(), "the gate is shut under a closed circuit");
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.state == CircuitState::closed, "the circuit should be CLOSED");
  check(state.closed_by == principal && state.closed_reason == reason, "who closed it, and why, is kept");
  check(!must(client.status()).queue_paused, "closing resumes the queue");
}

void a_failure_opens_and_only_a_close_closes(Client& client) {
  const Epoch before = must(client.get_global_circuit_state()).epoch;
  check(client.should_allow_request(), "the gate is shut before anything failed");
  check(must(client.record_failure("429 Too Many Requests", "rate_limit", "Apollo")), "the first failure opens");
  expect_open(client, before + 1);
  check(!must(client.record_failure("503", "http")), "the second failure finds it OPEN");
  expect_open(client, before + 1);
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.failures == 2 && state.last_failure.error == "503" && state.last_failure.error_type == "http",
        "further failures are added");
  check(state.opened_by == "consumer", "the client's principal is the one who opened it");

  check(must(client.manually_close_circuit("alice", "the quota is back")), "the first close closes");
  check(!must(client.manually_close_circuit("bob", "me too")), "the second close finds it CLOSED");
  expect_closed(client, "alice", "the quota is back");
}

void by_hand_and_by_epoch(Client& client) {
  check(must(client.manually_open_circuit("alice", "maintenance")), "opened by hand");
  check(!must(client.manually_open_circuit("bob", "again")), "it is OPEN already");
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.opened_reason == "maintenance" && state.opened_by == "alice", "who opened it, and why, is kept");

  refused(client.manually_close_circuit("carol", "another outage", state.epoch - 1), ErrorCode::circuit_changed);
  refused(client.ask(CloseCircuit{"another outage", state.epoch + 1}, "carol"), ErrorCode::circuit_changed);
  expect_open(client, state.epoch);
  check(must(client.manually_close_circuit("carol", {}, state.epoch)), "this opening is closed by its epoch");
  expect_closed(client, "carol", "no reason given");
}

void an_opening_lets_runs_finish(Client& client) {
  must(client.enqueue(job_of("patient")));
  const LeasedJob run = lease_one(client, "patient");
  const JobId id = run.job.row.id;
  check(must(client.manually_open_circuit("alice", "maintenance", InFlight::finish)), "opened, and runs may finish");
  check(must(client.get_global_circuit_state()).in_flight == InFlight::finish, "the circuit says so");
  check(!must(client.heartbeat(id, run.token)).stop, "a run goes on");
  check(!must(client.manually_open_circuit("alice", "they hang", InFlight::stop)), "the choice is changed");
  check(must(client.heartbeat(id, run.token)).stop, "it is told to stop");
  OpenCircuit again{"they do not hang", {}};
  again.in_flight = InFlight::finish;
  must(client.ask(again, "bob"));
  check(must(client.complete(id, run.token)).status == JobStatus::completed, "it finishes");
  must(client.manually_close_circuit("alice", "over"));
}

/// A report is never lost, whatever else is wrong with it.
void a_bad_label_is_refused_and_opens(Client& client) {
  const Epoch before = must(client.get_global_circuit_state()).epoch;
  const Error error = refused(client.record_failure("timeout", "net", "no such label!"), ErrorCode::invalid);
  check(error.fields.size() == 1 && error.fields[0].field == "service", "the refused field is named");
  expect_open(client, before + 1);
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.service.empty() && state.last_failure.error.find("no such label!") != std::string::npos,
        "the label is in the text");
  must(client.manually_close_circuit("alice", "done"));

  refused(client.record_failure({}, {}), ErrorCode::invalid);
  expect_open(client, before + 2);
  must(client.manually_close_circuit("alice", "done"));
}

}  // namespace

void circuit_by_calls(Client& client) {
  a_failure_opens_and_only_a_close_closes(client);
  by_hand_and_by_epoch(client);
  an_opening_lets_runs_finish(client);
  a_bad_label_is_refused_and_opens(client);
}

}  // namespace consumer
