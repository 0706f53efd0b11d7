// A plan for the jobs that wait, and what becomes of those it parks.

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

}  // namespace

void plans_by_calls(Client& client, Heard& heard) {
  const JobId first = must(client.enqueue(job_of("late"))).row.id;
  const JobId second = must(client.enqueue(job_of("late"))).row.id;
  look(client);
  park(client, heard, first, second);
  release_and_cancel(client, heard, first, second);
}

}  // namespace consumer
