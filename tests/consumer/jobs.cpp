// Jobs and leases by blocking calls.

#include "stories.hpp"

namespace consumer {
namespace {

using namespace breakerd;

const std::string no_token(32, '0');

void a_job_is_done(Client& client) {
  JobSpec spec = job_of("mail");
  spec.name = "welcome";
  spec.service = "Apollo";
  const JobView made = must(client.enqueue(spec));
  check(made.row.id > 0 && made.status == JobStatus::pending, "a new job waits");
  check(made.spec->service == "apollo" && made.spec->payload == spec.payload, "the job is as it was given");

  auto leased = lease_one(client, "mail");
  check(leased.job.row.id == made.row.id && leased.attempt == 1 && leased.token.size() == 32, "its lease");
  check(must(client.job(made.row.id)).status == JobStatus::processing, "a leased job is PROCESSING");
  check(must(client.lease(lease_of("mail"))).jobs.empty(), "a job is leased once");

  const auto beat = must(client.heartbeat(made.row.id, leased.token));
  check(!beat.stop && beat.expires_at >= leased.expires_at, "a heartbeat extends the lease");
  refused(client.heartbeat(made.row.id, no_token), ErrorCode::stale_lease);

  check(must(client.complete(made.row.id, leased.token, R"({"sent":true})")).status == JobStatus::completed,
        "completed");
  const Error late = refused(client.complete(made.row.id, leased.token), ErrorCode::stale_lease);
  check(late.job_status == "COMPLETED", "a late complete can tell that the first one went through");
  check(must(client.job(made.row.id)).result == R"({"sent":true})", "the result is kept");
}

void a_batch_is_all_or_nothing(Client& client) {
  const auto batch = must(client.enqueue_batch({job_of("batch"), job_of("batch"), job_of("batch")}));
  check(batch.count == 3 && batch.last_id == batch.first_id + 2, "the ids of a batch ascend");
  JobSpec bad = job_of("batch");
  bad.job_type.clear();
  const Error error = refused(client.enqueue_batch({job_of("batch"), bad}), ErrorCode::invalid);
  check(error.fields.size() == 1 && error.fields[0].field == "[1].job_type", "the field and its place are named");

  auto answer = must(client.lease(lease_of("batch", 10)));
  check(answer.jobs.size() == 3 && !answer.paused, "all of the good batch, nothing of the bad one");
  for (const LeasedJob& job : answer.jobs) must(client.complete(job.job.row.id, job.token));
}

void many_leases_end_at_once(Client& client) {
  for (int i = 0; i < 4; ++i) must(client.enqueue(job_of("round")));
  auto held = must(client.lease(lease_of("round", 3))).jobs;
  const auto id = [&](std::size_t i) { return held[i].job.row.id; };
  auto round = must(client.settle_and_lease({CompleteJob{id(0), held[0].token, "1"}, ReleaseJob{id(1), no_token},
                                             FailJob{id(2), held[2].token, "bad input", "value", {}, false}},
                                            lease_of("round")));
  check(must(round.settled[0]).status == JobStatus::completed, "the first is completed");
  refused(round.settled[1], ErrorCode::stale_lease);
  check(must(round.settled[2]).status == JobStatus::failed, "the third has failed");
  check(round.lease.jobs.size() == 1, "and the next job is leased");

  std::vector<LeaseEnd> ends{ReleaseJob{id(1), held[1].token}, CompleteJob{id(0), held[0].token, "no JSON"}};
  const Error bad = refused(client.settle(ends), ErrorCode::invalid);
  check(bad.fields.at(0).field == "[1].result", "a bad value is named");
  check(must(client.job(id(1))).status == JobStatus::processing, "and nothing is done");
  ends.emplace_back(FailJob{id(1), held[1].token, "429", "http", "apollo"});
  const Error reported = refused(client.settle(ends), ErrorCode::invalid);
  check(reported.detail.find("recorded all the same") != std::string::npos, "but a failing service is never hidden");
  check(must(client.get_global_circuit_state()).state == CircuitState::open, "and opens the circuit");
  check(must(client.manually_close_circuit("op", "next")), "closed again");

  const LeasedJob& last = round.lease.jobs[0];
  round = must(client.settle_and_lease(
      {FailJob{id(1), held[1].token, "429", "http", "apollo"}, CompleteJob{last.job.row.id, last.token, {}}},
      lease_of("round")));
  check(must(round.settled[0]).status == JobStatus::paused, "a service failure opens the circuit");
  check(must(round.settled[1]).status == JobStatus::completed, "the other is settled all the same");
  check(round.lease.jobs.empty() && round.lease.paused, "and nothing is leased");
  check(must(client.manually_close_circuit("op", "next")), "closed again");
  LeaseJobs next = lease_of("round");
  next.wait_ms = 60'000;
  round = must(client.settle_and_lease({}, next));
  check(must(client.settle({ReleaseJob{round.lease.jobs.at(0).job.row.id, round.lease.jobs[0].token}})).size() == 1,
        "the job that came back is leased, and released");
  next.wait_ms = 1;
  next.job_types = {"nothing"};
  check(must(client.settle_and_lease({}, next)).lease.jobs.empty(), "a wait comes to its end");
  must(client.cancel(id(1), "done"));
}

void its_own_failure_trips_nothing(Client& client) {
  JobSpec spec = job_of("brittle");
  spec.max_attempts = 2;
  spec.backoff = std::make_shared<const Backoff>(Backoff{BackoffKind::fixed, Jitter::none, 0});
  const JobId id = must(client.enqueue(spec)).row.id;
  auto first = lease_one(client, "brittle");
  check(must(client.fail({id, first.token, "bad input", "value", {}})).status == JobStatus::pending, "it waits again");
  auto second = lease_one(client, "brittle");
  check(second.attempt == 2, "the attempt counted");
  const JobView end = must(client.fail({id, second.token, "bad input", "value", {}}));
  check(end.status == JobStatus::failed && end.row.error == "bad input", "no attempts are left");
  check(client.should_allow_request(), "a job's own failure trips nothing");
}

void a_type_has_settings(Client& client) {
  SetJobType set{"timed", {}, "slow"};
  set.settings.max_attempts = 1;
  set.settings.timeout_ms = 60'000;
  check(must(client.set_job_type(set)).settings == set.settings, "a type has settings");
  check(must(client.job_type("timed")).reason == "slow", "it says why");
  check(must(client.list_job_types()).items.size() == 1, "there is one");
  const JobView job = must(client.enqueue(job_of("timed")));
  check(job.row.max_attempts == 1 && job.row.timeout_ms == 60'000, "its jobs have them");
  check(must(client.remove_job_type("timed")).job_type == "timed", "they are removed");
  check(client.job_type("timed").error().code == ErrorCode::not_found, "the type has none any more");
  must(client.cancel(job.row.id, "done"));
}

void a_schedule_runs(Client& client) {
  CreateSchedule schedule;
  schedule.plan.name = "nightly";
  schedule.plan.cron = "30 2 * * *";
  schedule.plan.time_zone = "Europe/Berlin";
  schedule.plan.job.job_type = "report";
  const ScheduleRow made = must(client.create_schedule(schedule));
  check(made.next_at != no_time, "a schedule knows its next run");
  ChangeSchedule change;
  change.schedule = made.id;
  change.every_ms = 60'000;
  check(must(client.change_schedule(change)).plan.cron.empty(), "it has an interval now");
  check(must(client.pause_schedule(made.id, "lunch")).paused, "it is paused");
  const JobView run = must(client.run_schedule(made.id));
  check(run.row.job_type == "report", "it runs once");
  must(client.cancel(run.row.id, "done"));
  check(must(client.schedule(made.id)).last_job != 0, "it knows its last job");
  check(!must(client.resume_schedule(made.id)).paused, "it goes on");
  check(must(client.list_schedules()).items.size() == 1, "there is one");
  check(must(client.remove_schedule(made.id)).plan.name == "nightly", "it is removed");
  check(client.schedule(made.id).error().code == ErrorCode::not_found, "it is gone");
}

void a_service_failure_opens(Client& client) {
  const JobId id = must(client.enqueue(job_of("call"))).row.id;
  auto other = must(client.enqueue(job_of("in flight"))).row.id;
  auto in_flight = lease_one(client, "in flight");
  auto leased = lease_one(client, "call");
  const JobView back = must(client.fail({id, leased.token, "429", "http", "apollo"}));
  check(back.status == JobStatus::paused && back.row.attempts == 0, "it waits under the pause, no attempt counted");
  check(!client.should_allow_request(), "a service failure opens the circuit");
  const BreakerState state = must(client.get_global_circuit_state());
  check(state.service == "apollo" && state.last_failure.job == id, "the circuit names service and job");

  check(must(client.enqueue(job_of("call"))).status == JobStatus::paused, "enqueueing goes on");
  const auto none = must(client.lease(lease_of("call")));
  check(none.jobs.empty() && none.paused && none.circuit.state == CircuitState::open, "nothing is leased while OPEN");
  check(must(client.heartbeat(other, in_flight.token)).stop, "work in flight is told to stop");
  check(must(client.complete(other, in_flight.token)).status == JobStatus::completed, "and may complete all the same");

  const Error stale = refused(client.fail({id, leased.token, "429", "http", "apollo"}), ErrorCode::stale_lease);
  check(stale.job_status == "PAUSED" && must(client.get_global_circuit_state()).failures == 2,
        "a stale report of a service failure counts");
  must(client.manually_close_circuit("alice", "apollo is back"));
  for (const LeasedJob& job : must(client.lease(lease_of("call", 10))).jobs)
    must(client.complete(job.job.row.id, job.token));
}

void given_back_and_cancelled(Client& client) {
  const JobId id = must(client.enqueue(job_of("spare"))).row.id;
  auto leased = lease_one(client, "spare");
  check(must(client.release(id, leased.token)).status == JobStatus::pending, "a released job waits again");
  refused(client.release(id, leased.token), ErrorCode::stale_lease);
  auto again = lease_one(client, "spare");
  check(again.attempt == 1 && again.token != leased.token, "a release counts no attempt, and tokens are new");
  check(must(client.cancel(id, "not needed")).status == JobStatus::cancelled, "cancelled");
  check(must(client.heartbeat(id, again.token)).stop, "its worker is told to stop");
  refused(client.job(1'000'000'000), ErrorCode::not_found);
  refused(client.cancel(1'000'000'000, {}), ErrorCode::not_found);
}

void a_lease_that_is_not_kept_up_ends(Client& client, Heard& heard) {
  const JobId id = must(client.enqueue(job_of("slow"))).row.id;
  LeaseJobs command = lease_of("slow");
  command.lease_ms = 100;
  const auto lost = must(client.lease(command)).jobs.at(0);
  heard.wait_for("JobLeaseExpired", id);
  check(refused(client.complete(id, lost.token), ErrorCode::stale_lease).job_status == "PENDING", "it waits again");
  auto leased = lease_one(client, "slow");
  check(leased.attempt == 1 && leased.job.row.expiries == 1, "an expiry is no attempt");
  must(client.complete(id, leased.token));
}

void jobs_of_a_type_are_held(Client& client) {
  const JobId id = must(client.enqueue(job_of("held"))).row.id;
  PlaceJobHold hold;
  hold.job_type = "held";
  hold.reason = "it is under repair";
  const JobHoldView placed = must(client.place_job_hold(hold));
  check(placed.is_new && !must(client.place_job_hold(hold)).is_new, "a hold is placed once");
  check(must(client.lease(lease_of("held"))).jobs.empty(), "a held job is not leased");
  check(must(client.list_job_holds()).at(0).waiting == 1, "and is counted");
  check(must(client.why(id)).conditions.at(0).hold == placed.hold.id, "and says why it waits");
  check(must(client.lift_job_hold(placed.hold.id, "it works")).hold == placed.hold, "the hold is lifted");
  refused(client.lift_job_hold(placed.hold.id), ErrorCode::not_found);

  const LimitName type{LimitKind::job_type, "held"};
  SetLeaseLimit limit;
  limit.of = type;
  limit.concurrency = 1;
  check(must(client.set_limit(limit)).limit.concurrency == 1, "a limit is set");
  const std::vector<LeaseLimitView> limits = must(client.list_limits());
  check(limits.size() == 1 && limits.front().waiting == 1 && limits.front().use->in_flight == 0, "and is listed");
  check(must(client.remove_limit(type, "no more")).limit.of == type, "and is removed");
  refused(client.remove_limit(type), ErrorCode::not_found);
  const auto leased = lease_one(client, "held");
  Heartbeat beat{id, leased.token};
  beat.progress = JobProgress{40, "half of it", no_time};
  must(client.heartbeat(beat));
  check(must(client.job(id)).progress->percent == 40, "its worker says how far it is");
  beat.progress->percent = 101;
  check(refused(client.heartbeat(beat), ErrorCode::invalid).fields.at(0).field == "progress.percent", "up to 100");
  must(client.fail(FailJob{id, leased.token, "no mailbox", "smtp", {}, false}));
  const auto errors = must(client.job(id)).errors;
  check(errors && errors->at(0).error == "no mailbox" && errors->at(0).worker == leased.job.row.worker,
        "its errors are remembered");
}

void what_is_not_json_is_refused(Client& client) {
  JobSpec spec = job_of("mail");
  spec.payload = "{not json";
  check(refused(client.enqueue(spec), ErrorCode::invalid).fields.at(0).field == "payload", "a payload is JSON");
  spec.payload = '"' + std::string(1'000'000, 'x') + '"';
  check(refused(client.enqueue(spec), ErrorCode::limit).fields.at(0).field == "payload", "a payload is bounded");
}

}  // namespace

void jobs_by_calls(Client& client, Heard& heard) {
  a_job_is_done(client);
  a_batch_is_all_or_nothing(client);
  many_leases_end_at_once(client);
  its_own_failure_trips_nothing(client);
  a_type_has_settings(client);
  a_schedule_runs(client);
  a_service_failure_opens(client);
  given_back_and_cancelled(client);
  a_lease_that_is_not_kept_up_ends(client, heard);
  jobs_of_a_type_are_held(client);
  what_is_not_json_is_refused(client);
}

}  // namespace consumer
