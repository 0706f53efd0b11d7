#include <breakerd/events/rules/job.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/backoff.hpp>

namespace breakerd {
namespace {

Error about(const JobContext& job, ErrorCode code, const std::string& what) {
  const std::string status{to_string(job.status())};
  return {code, "job " + std::to_string(job.row.id) + " is " + status + ": " + what, {}, status};
}

/// What a job that has EXPIRED says of it.
constexpr std::string_view expired_error = "it was not started in time";
constexpr std::string_view expired_error_type = "expired";

bool lane_has_ended(const JobContext& job) { return !job.in_default_lane() && is_terminal(job.lane.status); }

/// Back among the waiting ones.
void wait_again(JobRow& row, Time time) {
  row.status = JobStatus::pending;
  row.due = {};
  row.token = {};
  row.updated_at = time;
}

void end(JobRow& row, JobStatus status, Time time) {
  row.status = status;
  row.due = {};
  row.deadline = {};
  row.parked = {};
  row.updated_at = row.finished_at = time;
}

/// A deadline that is `lifetime_ms` away.
Deadline new_deadline(Time at, std::uint64_t lifetime_ms) {
  if (at == no_time) return {};
  return {at, at - std::chrono::milliseconds{lifetime_ms}, false};
}

void count_expiry(JobRow& row, bool counted) {
  ++row.expiries;
  if (counted) ++row.expiries_counted;
}

void set_error(JobRow& row, const auto& event) {
  row.error = event.error;
  row.error_type = event.error_type;
}

/// The job's own failure.
EventData failed_attempt(const JobRow& row, const FailJob& command, const RetryContext& retry) {
  const std::uint32_t attempt = row.attempts + 1;
  const bool any_left = attempt < row.max_attempts;
  if (!any_left || !command.retry)
    return EventData{JobFailed{row.id, row.campaign, attempt, command.error, command.error_type, false, any_left}};
  static const Backoff by_default;
  const Backoff& backoff = retry.backoff != nullptr ? *retry.backoff : by_default;
  const auto delay_ms = static_cast<std::uint32_t>(
      command.retry_after_ms ? *command.retry_after_ms : retry_delay_ms(backoff, attempt, retry.chance));
  const Time due = delay_ms == 0 ? no_time : retry.queue_now + std::chrono::milliseconds{delay_ms};
  return EventData{JobAttemptFailed{row.id, row.campaign, attempt, command.error, command.error_type, delay_ms, due}};
}

}  // namespace

Result<JobEnqueued> decide_enqueue(const LaneRow& lane, JobId id, JobSpecPtr spec) {
  if (!spec->campaign.is_nil()) {
    const std::string campaign = "campaign " + spec->campaign.to_string();
    if (is_terminal(lane.status))
      return make_error(ErrorCode::wrong_state,
                        campaign + " is " + std::string{to_string(lane.status)} + " and takes no jobs");
    if (lane.sealed) return make_error(ErrorCode::sealed, campaign + " is sealed and takes no more jobs");
  }
  if (lane.classes.size() >= limits::lane_job_classes_max && !has_class(lane, spec->job_type, spec->service))
    return make_error(ErrorCode::limit, "lane_job_classes_max: jobs of " + std::to_string(lane.classes.size()) +
                                            " different types and services are waiting here already");
  return JobEnqueued{id, std::move(spec)};
}

Result<void> check_job_classes(const LaneRow& lane, JobClasses new_classes) {
  for (const ClassCount& one : lane.classes) new_classes.emplace(one.of.job_type, one.of.service);
  if (new_classes.size() > limits::lane_job_classes_max)
    return make_error(ErrorCode::limit, "lane_job_classes_max: jobs of " + std::to_string(new_classes.size()) +
                                            " different types and services would be waiting in one lane");
  return {};
}

void set_times(JobSpec& spec, Time now) {
  if (spec.delay_ms > 0) spec.run_at = now + std::chrono::milliseconds{spec.delay_ms};
  spec.delay_ms = 0;
  if (spec.unique_for_ms > 0) spec.unique_until = now + std::chrono::milliseconds{spec.unique_for_ms};
  spec.unique_for_ms = 0;
}

JobLeased decide_lease(const JobRow& row, const std::string& worker, std::uint32_t lease_ms, const TokenDigest& token) {
  return {row.id, row.campaign, worker, token, lease_ms, row.attempts + 1};
}

Result<void> check_lease(const JobContext& job, const TokenDigest& token) {
  const bool leased = job.row.status == JobStatus::processing && !lane_has_ended(job);
  if (!leased || job.row.token != token)
    return about(job, ErrorCode::stale_lease, "the token is not that of a living lease");
  return {};
}

bool goes_on(const JobContext& job, InFlight in_flight) {
  const JobStatus shown = job.status();
  if (shown != JobStatus::paused || in_flight == InFlight::stop) return shown == JobStatus::processing;
  const LaneRow& lane = job.lane;
  return job.in_default_lane() ||
         (lane.status == CampaignStatus::running && !job.queue.has_service_hold_on(lane.started));
}

Result<HeartbeatDecision> decide_heartbeat(const JobContext& job, const TokenDigest& token, InFlight in_flight,
                                           bool is_late) {
  const bool cut =
      job.row.status == JobStatus::cancelled || (job.row.status == JobStatus::processing && lane_has_ended(job));
  if (cut && job.row.token == token) return HeartbeatDecision{true, false, false};
  if (auto ok = check_lease(job, token); !ok) return ok.error();
  const bool is_over = times_out(job, in_flight, is_late);
  return HeartbeatDecision{is_over || !goes_on(job, in_flight), true, !is_over};
}

Result<JobCompleted> decide_complete(const JobContext& job, const TokenDigest& token, std::string result) {
  if (auto ok = check_lease(job, token); !ok) return ok.error();
  return JobCompleted{job.row.id, job.row.campaign, std::move(result)};
}

Result<EventData> decide_fail(const JobContext& job, const TokenDigest& token, const FailJob& command,
                              const RetryContext& retry) {
  if (auto ok = check_lease(job, token); !ok) return ok.error();
  return failed_attempt(job.row, command, retry);
}

Result<JobReturned> decide_return(const JobContext& job, const TokenDigest& token, const FailJob& command) {
  if (auto ok = check_lease(job, token); !ok) return ok.error();
  return JobReturned{job.row.id, job.row.campaign, command.error, command.error_type, command.service};
}

Result<JobReleased> decide_release(const JobContext& job, const TokenDigest& token) {
  if (auto ok = check_lease(job, token); !ok) return ok.error();
  return JobReleased{job.row.id, job.row.campaign};
}

bool times_out(const JobContext& job, InFlight in_flight, bool is_late) { return is_late && goes_on(job, in_flight); }

EventData decide_timeout(const JobContext& job, const RetryContext& retry) {
  FailJob failure;
  failure.error = "timeout: the run took longer than " + std::to_string(job.row.timeout_ms) + " ms";
  failure.error_type = "timeout";
  return failed_attempt(job.row, failure, retry);
}

bool can_count_expiry(const JobContext& job) { return job.status() == JobStatus::processing; }

EventData decide_expiry(const JobContext& job, bool excused) {
  const JobRow& row = job.row;
  const bool counted = !excused && can_count_expiry(job);
  if (!counted || row.expiries_counted < row.max_expiries)
    return JobLeaseExpired{row.id, row.campaign, row.worker, counted};
  return JobFailed{row.id,
                   row.campaign,
                   row.attempts,
                   "its lease expired " + std::to_string(row.expiries_counted + 1) + " times, the last one of worker " +
                       row.worker + ", and max_expiries is " + std::to_string(row.max_expiries),
                   "lease_expired",
                   true};
}

Result<std::optional<JobCancelled>> decide_cancel(const JobContext& job, std::string reason) {
  const JobStatus status = job.status();
  if (status == JobStatus::cancelled) return std::optional<JobCancelled>{};
  if (is_terminal(status)) return about(job, ErrorCode::wrong_state, "it has ended and cannot be cancelled");
  return std::optional<JobCancelled>{JobCancelled{job.row.id, job.row.campaign, std::move(reason)}};
}

// Nothing changes the row of a leased job between its lease and the lease's end.
void remember_failure(JobRow& row, Seq failed) {
  if (row.failures.size() == limits::job_errors_max) row.failures.erase(row.failures.begin());
  row.failures.push_back({row.last, failed});
}

JobRow new_job(const JobEnqueued& event, Seq seq, Time time) {
  JobRow row;
  row.id = event.job;
  row.campaign = event.spec->campaign;
  row.enqueued = row.last = seq;
  row.job_type = event.spec->job_type;
  row.max_attempts = event.spec->max_attempts.value_or(default_max_attempts);
  row.max_expiries = event.spec->max_expiries.value_or(default_max_expiries);
  row.timeout_ms = event.spec->timeout_ms.value_or(0);
  row.service = event.spec->service;
  row.priority = event.spec->priority;
  if (event.spec->run_at > time) row.due = {event.spec->run_at, DueClock::wall};
  row.unique_key = event.spec->unique_key;
  row.unique_until = event.spec->unique_until;
  row.created_at = row.updated_at = time;
  if (event.spec->deadline != no_time) {
    const auto lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(event.spec->expires_at - time);
    row.lifetime_ms = static_cast<std::uint64_t>(std::max(lifetime.count(), std::chrono::milliseconds::rep{1}));
    row.deadline = new_deadline(event.spec->deadline, row.lifetime_ms);
  }
  return row;
}

void evolve(JobRow& row, const JobLeased& event, Time time) {
  row.status = JobStatus::processing;
  row.token = event.token;
  row.worker = event.worker;
  row.lease_ms = event.lease_ms;
  row.deadline = {};
  row.updated_at = time;
  if (row.started_at == no_time) row.started_at = time;
}

void evolve(JobRow& row, const JobCompleted&, Time time) {
  end(row, JobStatus::completed, time);
  row.token = {};
  row.error.clear();  // those of earlier attempts are in its events
  row.error_type.clear();
  ++row.attempts;
}

void evolve(JobRow& row, const JobAttemptFailed& event, Time time) {
  wait_again(row, time);
  row.attempts = event.attempt;
  if (event.due != no_time) row.due = {event.due, DueClock::queue};
  set_error(row, event);
}

void evolve(JobRow& row, const JobFailed& event, Time time) {
  end(row, JobStatus::failed, time);
  row.token = {};
  row.attempts = event.attempt;
  set_error(row, event);
  if (event.expired) count_expiry(row, true);
}

void evolve(JobRow& row, const JobReturned& event, Time time) {
  wait_again(row, time);
  set_error(row, event);
}

void evolve(JobRow& row, const JobReleased&, Time time) { wait_again(row, time); }

void evolve(JobRow& row, const JobLeaseExpired& event, Time time) {
  wait_again(row, time);
  count_expiry(row, event.counted);
}

// The token stays: the worker's next heartbeat is told to stop.
void evolve(JobRow& row, const JobCancelled& event, Time time) {
  end(row, JobStatus::cancelled, time);
  row.discarded = event.discarded;
}

void evolve(JobRow& row, const JobRetried& event, Time time) {
  wait_again(row, time);
  row.deadline = new_deadline(event.deadline, row.lifetime_ms);
  row.attempts = row.expiries_counted = 0;
  row.finished = 0;
  row.finished_at = {};
}

void evolve(JobRow& row, const JobExpired&, Time time) {
  end(row, JobStatus::expired, time);
  row.error = expired_error;
  row.error_type = expired_error_type;
}

}  // namespace breakerd
