#pragma once
// The state that events add up to, one row per thing. The same structs are the working state of the actors, the rows
// of the projection, and what `replay` folds in memory. Field order is the order of the stored form (row_codec.hpp).

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_hold.hpp>
#include <breakerd/events/model/job_type.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/triage.hpp>

namespace breakerd {

/// A failure of a dependency, as it was reported.
struct Failure {
  std::string error;
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
  std::string worker;       ///< that held the job's lease; empty when that is not known
  std::string reported_by;  ///< the principal
  Time at = no_time;        ///< no_time: there is no such failure

  [[nodiscard]] bool exists() const { return at != no_time; }
  friend bool operator==(const Failure&, const Failure&) = default;
};

/// Somebody asked by hand for an opening while the circuit was OPEN.
struct Reaffirmation {
  std::string reason;
  std::string service;
  std::string principal;
  Time at = no_time;

  friend bool operator==(const Reaffirmation&, const Reaffirmation&) = default;
};

/// The one global circuit: the opening there is or, when CLOSED, the last one, and how that ended.
struct BreakerState {
  CircuitState state = CircuitState::closed;
  Epoch epoch = 0;
  Time opened_at = no_time;    ///< no_time before the first opening
  Time closed_at = no_time;    ///< of the last close; no_time before the first
  std::uint64_t failures = 0;  ///< recorded in this opening
  std::string opened_reason;
  std::string opened_by;
  std::string service;        ///< that the opening holds responsible
  Failure opened_by_failure;  ///< the evidence; none exists when it was opened by hand
  Failure last_failure;       ///< the latest of this opening
  std::uint64_t reaffirmations = 0;
  Reaffirmation last_reaffirmation;
  std::string closed_reason;  ///< empty while open
  std::string closed_by;      ///< empty while open
  InFlight in_flight = InFlight::stop;

  friend bool operator==(const BreakerState&, const BreakerState&) = default;
};

/// Whose time a job waits for.
enum class DueClock : std::uint8_t {
  wall = 0,   ///< the wall clock
  queue = 1,  ///< queue time (queue_state.hpp), which stands still while the queue is paused
  // In the index only, of deadlines:
  deadline = 2,  ///< queue time
  held = 3,      ///< queue time, of deadlines that came while their jobs were held
};

/// Until when a job waits.
struct Due {
  Time at = no_time;  ///< no_time: it waits for no time
  DueClock clock = DueClock::wall;

  [[nodiscard]] bool exists() const { return at != no_time; }
  friend bool operator==(const Due&, const Due&) = default;
};

/// Until when a job must have been started, or it expires. For a job that is held this time stands still.
struct Deadline {
  Time at = no_time;       ///< in queue time; no_time: there is none
  Time counted = no_time;  ///< in queue time: the times up to then in which the job was held are in `at`
  bool is_held = false;    ///< it came while the job was held, and is looked at when a hold has ended

  [[nodiscard]] bool exists() const { return at != no_time; }
  friend bool operator==(const Deadline&, const Deadline&) = default;
};

/// A time, in queue time, in which jobs were held.
struct HeldSpan {
  Time from{};
  Time to{};

  friend bool operator==(const HeldSpan&, const HeldSpan&) = default;
};

/// A lease of a job that ended in a failure: where the log tells of it.
struct PastFailure {
  Seq leased = 0;  ///< the JobLeased
  Seq failed = 0;  ///< the JobAttemptFailed, JobReturned or JobFailed

  friend bool operator==(const PastFailure&, const PastFailure&) = default;
};

/// What changes about a job. What does not (name, payload...) is its JobEnqueued event, at `enqueued`.
struct JobRow {
  JobId id = 0;
  CampaignId campaign{};
  JobStatus status = JobStatus::pending;
  Seq enqueued = 0;  ///< seq of JobEnqueued
  Seq last = 0;      ///< seq of the job's latest event
  Seq finished = 0;  ///< seq of the terminal event, 0 before; JobCompleted holds the result
  std::string job_type;
  std::uint32_t attempts = 0;  ///< that ended in complete or a failure of the job's own
  std::uint32_t max_attempts = default_max_attempts;
  std::uint32_t expiries = 0;  ///< all of them
  std::uint32_t lease_ms = 0;
  TokenDigest token{};  ///< of the living lease, or of the last one
  std::string worker;   ///< of the living lease, or of the last one
  std::string error;
  std::string error_type;
  Time created_at{};
  Time updated_at{};
  Time started_at{};
  Time finished_at{};
  std::uint32_t max_expiries = default_max_expiries;
  std::uint32_t expiries_counted = 0;  ///< towards max_expiries
  std::string service;
  int priority = 0;
  Due due;  ///< of a pending job that is not ready yet; or of one that has ended, and holds its unique key until then
  bool discarded = false;       ///< it had FAILED, and was CANCELLED then
  std::string unique_key;       ///< empty: none; it may have let go of it
  Time unique_until = no_time;  ///< it keeps its key until then, although it has ended; no_time: until it has ended
  std::vector<PastFailure> failures;  ///< the last limits::job_errors_max, oldest first
  std::uint32_t timeout_ms = 0;       ///< how long a run may take; 0: as long as it takes
  Deadline deadline;                  ///< of a pending job that has not been started
  std::uint64_t lifetime_ms = 0;      ///< from its enqueueing to its deadline; 0: it has none
  std::uint64_t waits_since = 0;      ///< the last command about many jobs, when the job began to wait again
  Parked parked;                      ///< of a pending job

  [[nodiscard]] bool is_parked() const { return status == JobStatus::pending && parked.exists(); }
  [[nodiscard]] bool is_scheduled() const { return status == JobStatus::pending && due.exists() && !parked.exists(); }
  [[nodiscard]] bool is_ready() const { return status == JobStatus::pending && !due.exists() && !parked.exists(); }

  friend bool operator==(const JobRow&, const JobRow&) = default;
};

/// How many pending jobs of one class a lane has.
struct ClassCount {
  JobClass of;
  std::uint64_t ready = 0;
  std::uint64_t scheduled = 0;  ///< these wait for their time
  std::uint64_t parked = 0;     ///< these until somebody releases them

  friend bool operator==(const ClassCount&, const ClassCount&) = default;
};

/// The hot half of a campaign: what the dispatcher and the counts need. The default lane has one too (nil id, RUNNING).
struct LaneRow {
  CampaignStatus status = CampaignStatus::created;
  Ordinal started = 0;  ///< of the last start or resume
  bool sealed = false;
  std::uint64_t version = 0;                            ///< number of events of the campaign's own stream
  std::array<std::uint64_t, kept_job_statuses> jobs{};  ///< by JobStatus, cancelled ones of a cut campaign included
  std::vector<ClassCount> classes;                      ///< those with pending jobs, sorted
  std::uint32_t weight = 1;                             ///< its turns in each round of leases
  Time paused_since = no_time;                          ///< queue time of the pause by hand that there is
  std::vector<HeldSpan> held;  ///< past pauses by hand, and holds before its last start; the last held_spans_max

  [[nodiscard]] std::uint64_t count(JobStatus status_kept) const { return jobs[static_cast<std::size_t>(status_kept)]; }
  /// Of the pending jobs, those that wait for their time.
  [[nodiscard]] std::uint64_t scheduled() const {
    std::uint64_t sum = 0;
    for (const ClassCount& one : classes) sum += one.scheduled;
    return sum;
  }
  /// Of the pending jobs, those that are parked.
  [[nodiscard]] std::uint64_t parked() const {
    std::uint64_t sum = 0;
    for (const ClassCount& one : classes) sum += one.parked;
    return sum;
  }
  [[nodiscard]] std::uint64_t live_jobs() const { return count(JobStatus::pending) + count(JobStatus::processing); }

  friend bool operator==(const LaneRow&, const LaneRow&) = default;
};

/// The cold half of a campaign.
struct CampaignRow {
  std::string name;
  std::string description;
  std::string metadata;  ///< JSON object as text; empty means {}
  std::string created_by;
  std::string message;  ///< said at its start; or the reason of an operator's pause, fail or cancel, with the principal
  Seq created = 0;
  Seq last = 0;
  Time created_at{};
  Time updated_at{};
  Time started_at{};
  Time finished_at{};

  friend bool operator==(const CampaignRow&, const CampaignRow&) = default;
};

}  // namespace breakerd
