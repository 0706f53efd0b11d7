// A plan for the jobs that wait, what becomes of those it parks, and how work begins behind one.

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

Plan plan_of(PlanVerb verb, const std::string& job_type) {
  PlanAction action;
  action.verb = verb;
  action.job_type = job_type;
  return Plan{{action}};
}

JobCommandRow newest_command(const Client& client) { return must(client.list_job_commands(0, 1)).at(0); }

void look(Client& client) {
  const PlanPreview preview = must(client.preview_plan(plan_of(PlanVerb::park, "late")));
  check(preview.park.jobs == 2 && preview.park.by_type.at("late") == 2 && preview.cancel.jobs == 0, "exact counts");
  check(preview.park.oldest_at != no_time && preview.seq == must(client.status()).last_seq, "as of now");
  check(must(client.preview_plan({})).park.jobs == 0, "without an action everything is released");
  Plan wrong = plan_of(PlanVerb::cancel, "late");
  wrong.actions[0].service = "no such label!";
  refused(client.preview_plan(wrong), ErrorCode::invalid);
}

void park(Client& client, Heard& heard, JobId first, JobId second) {
  refused(client.manually_close_circuit("alice", "too early", {}, plan_of(PlanVerb::park, "late")),
          ErrorCode::wrong_state);
  must(client.manually_open_circuit("alice", "a long outage"));
  check(must(client.manually_close_circuit("alice", "it is over", {}, plan_of(PlanVerb::park, "late"))), "closed");
  const JobCommandRow plan = newest_command(client);
  check(plan.kind == JobCommandKind::plan && plan.actions.size() == 1, "the plan is a command");
  heard.wait_for("JobParked", first);
  heard.wait_for("JobParked", second);
  LeaseJobs lease;
  lease.worker = "planned";
  lease.job_types = {"late"};
  check(must(client.lease(lease)).jobs.empty(), "a parked job is not leased");
  check(must(client.why(first)).conditions.at(0).kind == ConditionKind::parked, "it says so");
  check(must(client.status()).jobs.parked == 2, "they are counted");
}

void release_and_cancel(Client& client, Heard& heard, JobId first, JobId second) {
  JobFilter filter;
  filter.job_type = "late";
  check(must(client.list_parked(filter)).items.size() == 2, "both are listed");
  refused(client.list_parked(filter, 0), ErrorCode::invalid);
  StartJobCommand release;
  release.kind = JobCommandKind::release_parked;
  release.filter.ids = {first};
  check(must(client.start_job_command(release)).matched == 1, "one is released");
  heard.wait_for("JobUnparked", first);
  must(client.complete(first, lease_one(client, "late").token));
  check(must(client.resume_queue({}, plan_of(PlanVerb::cancel, "later"))).plan.has_value(), "no hold, but a plan");
  StartJobCommand cancel;
  cancel.kind = JobCommandKind::cancel_parked;
  check(must(client.start_job_command(cancel)).matched == 1, "the other one is still parked");
  heard.wait_for("JobCancelled", second);
}

/// One job first, and when it has succeeded no more than one in 1,000 seconds.
Plan gentle_plan() {
  Plan plan;
  plan.canary = 1;
  plan.ramp = Ramp{1, 1, 3'600'000};
  return plan;
}

/// Completes what is leased of these jobs; how many there are.
std::size_t work(Client& client) {
  const LeaseAnswer answer = must(client.lease(lease_of("gentle", 10)));
  for (const LeasedJob& leased : answer.jobs) must(client.complete(leased.job.row.id, leased.token));
  return answer.jobs.size();
}

void begin_slowly(Client& client) {
  for (int i = 0; i < 4; ++i) must(client.enqueue(job_of("gentle")));
  check(!must(client.rollout()).rollout.exists(), "leases are free");
  check(must(client.preview_plan(gentle_plan())).drain_ms.value_or(0) > 0, "a ramp takes its time");
  Plan wrong = gentle_plan();
  wrong.canary = 0;
  refused(client.preview_plan(wrong), ErrorCode::invalid);
  must(client.manually_open_circuit("alice", "a long outage"));
  must(client.manually_close_circuit("alice", "it is over", {}, gentle_plan()));
  check(newest_command(client).canary == 1, "the plan has a canary");
  const LeasedJob canary = lease_one(client, "gentle");
  check(work(client) == 0, "one at first");
  RolloutView view = must(client.rollout());
  check(view.rollout.phase == RolloutPhase::canary && view.rollout.in_flight.size() == 1, "the canary");
  check(view.rollout.principal == "alice" && view.rollout.command == newest_command(client).id, "whose it is");
  must(client.complete(canary.job.row.id, canary.token));
  view = must(client.status()).rollout;
  check(view.rollout.phase == RolloutPhase::ramp && view.rollout.succeeded == 1, "then the ramp");
  check(view.rate_thousandths == 1, "as slow as it was asked for");
  check(work(client) == 1, "one more");
  check(work(client) == 0, "and no other for a quarter of an hour");
  const RolloutAnswer stopped = must(client.stop_rollout("bob", "it goes well"));
  check(stopped.changed && stopped.stopped.rollout.phase == RolloutPhase::ramp, "stopped, and shown as it was");
  check(work(client) == 2, "the rest at once");
  check(!must(client.stop_rollout("bob", "again")).changed, "nothing is left to stop");
}

}  // namespace

void plans_by_calls(Client& client, Heard& heard) {
  const JobId first = must(client.enqueue(job_of("late"))).row.id;
  const JobId second = must(client.enqueue(job_of("late"))).row.id;
  look(client);
  park(client, heard, first, second);
  release_and_cancel(client, heard, first, second);
  begin_slowly(client);
}

}  // namespace consumer
