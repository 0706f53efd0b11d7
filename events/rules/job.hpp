#pragma once
// The rules of one job. Pure. A refusal that concerns a job carries its shown status.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/rules/queue.hpp>

namespace breakerd {

/// A job with what lies over it.
struct JobContext {
  const JobRow& row;
  const LaneRow& lane;
  const QueueState& queue;

  [[nodiscard]] bool in_default_lane() const { return row.campaign.is_nil(); }
  [[nodiscard]] JobStatus status() const { return shown_status(row, lane, queue); }
};

/// `lane` is that of spec->campaign. sealed, wrong_state (the campaign has ended) or limit.
[[nodiscard]] Result<JobEnqueued> decide_enqueue(const LaneRow& lane, JobId id, JobSpecPtr spec);

/// `limit` when jobs of too many classes would wait in the lane with new ones of these classes together:
/// decide_enqueue() looks at each job alone.
using JobClasses = std::set<std::pair<std::string_view, std::string_view>>;  ///< job type and service
[[nodiscard]] Result<void> check_job_classes(const LaneRow& lane, JobClasses new_classes);

/// The spec as it is recorded: a delay has become a time. `now` is wall time. (Of its deadline: deadlines.hpp.)
void set_times(JobSpec& spec, Time now);

/// The caller has seen that the job is pending and its lane served.
[[nodiscard]] JobLeased decide_lease(const JobRow& row, const std::string& worker, std::uint32_t lease_ms,
                                     const TokenDigest& token);

/// stale_lease unless `token` is the living lease's. The others below start with this check.
[[nodiscard]] Result<void> check_lease(const JobContext& job, const TokenDigest& token);

/// Whether nothing pauses the run of a leased job: it reads PROCESSING, or PAUSED for no other reason than an opening
/// that lets runs finish. `in_flight`: the choice of the opening that there is or, when CLOSED, of the last one, whose
/// hold may be there still.
[[nodiscard]] bool goes_on(const JobContext& job, InFlight in_flight);

/// Whether the worker should stop: its run is paused, the job was cancelled under it, or its run is over its time.
struct HeartbeatDecision {
  bool stop = false;
  bool lives = false;   ///< the lease is there
  bool extend = false;  ///< it gets a full period again
};
/// `in_flight` as of goes_on(); `is_late`: the job's timeout has passed since its run began (see times_out()).
[[nodiscard]] Result<HeartbeatDecision> decide_heartbeat(const JobContext& job, const TokenDigest& token,
                                                         InFlight in_flight, bool is_late = false);

[[nodiscard]] Result<JobCompleted> decide_complete(const JobContext& job, const TokenDigest& token, std::string result);

/// What a delay until the next attempt is made of.
struct RetryContext {
  const Backoff* backoff = nullptr;  ///< null: the default
  Time queue_now{};                  ///< in queue time
  std::uint64_t chance = 0;          ///< a number of which each value is as likely as any other
};

/// The job's own failure: JobAttemptFailed while attempts are left and may help, else JobFailed.
[[nodiscard]] Result<EventData> decide_fail(const JobContext& job, const TokenDigest& token, const FailJob& command,
                                            const RetryContext& retry);

/// A service failure: no attempt is counted.
[[nodiscard]] Result<JobReturned> decide_return(const JobContext& job, const TokenDigest& token,
                                                const FailJob& command);

[[nodiscard]] Result<JobReleased> decide_release(const JobContext& job, const TokenDigest& token);

/// Whether a run that is late, because the job's timeout has passed since it began, is over its time: not while it is
/// paused, when its worker is told to stop anyway and no attempt counts. `in_flight` as of goes_on().
[[nodiscard]] bool times_out(const JobContext& job, InFlight in_flight, bool is_late);

/// The lease of a run that is over its time has ended, or its worker gives it back: a failure of the job's own, of
/// error type `timeout`.
[[nodiscard]] EventData decide_timeout(const JobContext& job, const RetryContext& retry);

/// Whether an expiry counts towards max_expiries: not while the job reads PAUSED, because the circuit is open or its
/// campaign held or paused; its worker was told to stop, or what it works with may be what has failed.
[[nodiscard]] bool can_count_expiry(const JobContext& job);

/// The lease of a leased job whose campaign lives has ended without a word of its worker. JobLeaseExpired, or JobFailed
/// with error type `lease_expired` when it counts and as many as there may be have counted. `excused`: the caller knows
/// that it must not count, because the worker may have spoken and not been heard.
[[nodiscard]] EventData decide_expiry(const JobContext& job, bool excused);

/// nullopt when it is CANCELLED already; wrong_state when it ended otherwise.
[[nodiscard]] Result<std::optional<JobCancelled>> decide_cancel(const JobContext& job, std::string reason);

/// To be called before evolve(): the lease that the row is in ends in the failure at `failed`, of whichever kind.
void remember_failure(JobRow& row, Seq failed);

/// The row a JobEnqueued makes.
[[nodiscard]] JobRow new_job(const JobEnqueued& event, Seq seq, Time time);

void evolve(JobRow& row, const JobLeased& event, Time time);
void evolve(JobRow& row, const JobCompleted& event, Time time);
void evolve(JobRow& row, const JobAttemptFailed& event, Time time);
void evolve(JobRow& row, const JobFailed& event, Time time);
void evolve(JobRow& row, const JobReturned& event, Time time);
void evolve(JobRow& row, const JobReleased& event, Time time);
void evolve(JobRow& row, const JobLeaseExpired& event, Time time);
void evolve(JobRow& row, const JobCancelled& event, Time time);
void evolve(JobRow& row, const JobRetried& event, Time time);
void evolve(JobRow& row, const JobExpired& event, Time time);

}  // namespace breakerd
