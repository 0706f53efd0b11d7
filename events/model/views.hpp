#pragma once
// What is answered to commands and reads: rows with their shown statuses. Plain values.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/schedule.hpp>

namespace breakerd {

/// Shared because a job's spec is immutable and may be large: the queue's window, its lease and an answer on its way
/// out hold the same one.
using JobSpecPtr = std::shared_ptr<const JobSpec>;

/// How a lease of a job has failed.
struct JobError {
  Time at{};
  std::string worker;
  std::uint32_t attempt = 0;  ///< 0: it counted as none
  std::string error;
  std::string error_type;
  std::string service;  ///< of a service failure
};

struct JobView {
  JobRow row;
  JobSpecPtr spec;                        ///< never null
  JobStatus status = JobStatus::pending;  ///< as shown
  std::string result;                     ///< JSON text; empty means null
  std::string pause_reason{};             ///< for a person; empty unless `status` is PAUSED
  Time next_attempt_at{};  ///< when it will be ready, wall time; no_time when it is, or when that is not known
  Time expires_at{};       ///< unless it is started; see shown_deadline()
  /// The last limits::job_errors_max, oldest first; nothing: not asked for, as in lists and answers of commands.
  std::optional<std::vector<JobError>> errors{};
  Time lease_expires_at{};                ///< no_time when not leased or not known: it is no part of committed state
  std::optional<JobProgress> progress{};  ///< of its lease, if the worker has reported any; likewise
  /// Answered to an enqueue: it was there before, and holds the unique key. It has no `result` here.
  bool is_existing = false;

  /// A worker holds it, whatever it reads as.
  [[nodiscard]] bool is_leased() const { return row.status == JobStatus::processing && !is_terminal(status); }
};

/// How fast a campaign's jobs end. An estimate: it is kept in memory only, and is no part of committed state.
struct Pace {
  std::uint64_t jobs_per_minute = 0;           ///< that have ended, over the last minute
  std::optional<std::uint64_t> eta_seconds{};  ///< until all have ended at this pace; nothing: not to be told
};

struct CampaignView {
  CampaignId id{};
  CampaignRow row;
  LaneRow lane;
  CampaignStatus status = CampaignStatus::created;  ///< as shown
  std::string status_message;
  JobCounts job_counts;
  std::optional<Pace> pace{};  ///< nothing: not known, because the campaign's actor is asleep or there is none
};

/// The circuit in one line, as worker answers carry it.
struct CircuitBrief {
  CircuitState state = CircuitState::closed;
  Epoch epoch = 0;
};

// --- answers to commands ---

/// To RecordFailure, OpenCircuit and CloseCircuit.
struct CircuitAnswer {
  bool changed = false;  ///< false: it was already so (of an opening: recorded as FailureRecorded, OpeningReaffirmed)
  CircuitState previous = CircuitState::closed;
  BreakerState breaker;
  std::uint64_t jobs = 0;               ///< held by the opening, or resumed by the close
  std::uint64_t campaigns = 0;          ///< held by the opening
  std::optional<JobCommandRow> plan{};  ///< that began with the close
  bool is_new_choice = false;           ///< of what becomes of runs in flight, while it was OPEN already
};

/// To ResumeQueue, PauseCampaignsForService and ResumeCampaignsForService.
struct HoldsAnswer {
  std::uint64_t campaigns_paused = 0;    ///< newly, by a pause
  std::uint64_t campaigns_eligible = 0;  ///< PAUSED ones looked at by a resume: resumed + skipped
  std::uint64_t campaigns_resumed = 0;
  std::uint64_t campaigns_skipped = 0;
  std::uint64_t jobs_resumed = 0;
  std::string reason{};                         ///< as recorded
  std::vector<std::string> services_resumed{};  ///< labels of the holds that were lifted, each once
  std::optional<JobCommandRow> plan{};          ///< that began with it
};

/// A hold on jobs, and what it holds back.
struct JobHoldView {
  JobHold hold;
  bool is_new = true;                      ///< answered to PlaceJobHold; false: it was there before
  std::optional<std::uint64_t> waiting{};  ///< ready jobs that it covers, of no campaign and of running ones; nothing:
                                           ///< not asked for
};

/// A limit on leases, and what it does. Of what was not asked for there is nothing.
struct LeaseLimitView {
  LeaseLimit limit;
  std::optional<LimitUse> use{};
  std::optional<std::uint64_t> waiting{};  ///< ready jobs of its name, of no campaign and of running ones
};

struct LimitsView {
  std::vector<LeaseLimitView> limits;  ///< by name
  bool is_partial = false;             ///< there are more waiting jobs than were counted
};

struct EnqueuedItem {
  JobId id = 0;
  bool created = true;  ///< false: the job that holds its unique key
};

struct EnqueuedBatch {
  std::uint64_t count = 0;            ///< of new jobs
  JobId first_id = 0;                 ///< of these, which have numbers in a row; 0 when there is none
  JobId last_id = 0;                  ///< likewise
  std::vector<EnqueuedItem> items{};  ///< one for each job of a batch in which one has a unique key; else empty
};

struct LeasedJob {
  JobView job;
  std::string token;  ///< 32 hexadecimal digits
  std::uint32_t attempt = 1;
  Time expires_at{};
};

/// Why the queue is paused, for a worker.
struct PauseView {
  std::string reason;
  std::string by;        ///< the principal; empty: nobody, the daemon does not grant leases for a moment
  Time since = no_time;  ///< no_time: not known
};

struct LeaseAnswer {
  std::vector<LeasedJob> jobs;
  bool paused = false;
  CircuitBrief circuit;
  std::optional<PauseView> pause{};  ///< given when paused
  bool waited = false;               ///< the lease has waited for this; not shown
};

/// To many leases that ended and the next one, in one call.
struct SettledAndLeased {
  std::vector<Result<JobView>> settled;  ///< of each that ended, in their order
  LeaseAnswer lease;
};

/// The rollout that there is, and how far it has come.
struct RolloutView {
  Rollout rollout;
  std::uint64_t elapsed_ms = 0;        ///< of the ramp; 0: it has not begun
  std::uint64_t rate_thousandths = 0;  ///< that the ramp allows now, in 1,000 seconds; 0: it has not begun
};

/// To StopRollout.
struct RolloutAnswer {
  bool changed = false;  ///< false: there was none
  RolloutView stopped;   ///< as it was
};

struct HeartbeatAnswer {
  bool stop = false;
  Time expires_at{};
  CircuitBrief circuit;
  CampaignId campaign{};       ///< the job's; nil: none. For the wait of a heartbeat, not shown
  std::uint32_t lease_ms = 0;  ///< the lease's period; likewise
};

/// CircuitAnswer for the breaker's commands, HoldsAnswer for holds, JobView for EnqueueJob, CompleteJob, FailJob,
/// ReleaseJob, CancelJob, RetryJob and DiscardJob, CampaignView for CreateCampaign and ChangeCampaign, JobCommandRow
/// for StartJobCommand and StopJobCommand, JobHoldView for PlaceJobHold and LiftJobHold (as it was), LeaseLimitView for
/// SetLeaseLimit and RemoveLeaseLimit (as it was), JobTypeRow for SetJobType and RemoveJobType (as it was), JobView for
/// RunSchedule, ScheduleRow for the other commands about schedules (RemoveSchedule: as it was), RolloutAnswer for
/// StopRollout; the others by name.
using Reply =
    std::variant<std::monostate, CircuitAnswer, HoldsAnswer, JobView, EnqueuedBatch, LeaseAnswer, HeartbeatAnswer,
                 CampaignView, JobCommandRow, JobHoldView, LeaseLimitView, JobTypeRow, ScheduleRow, RolloutAnswer>;

/// What a command comes back with.
using Outcome = Result<Reply>;

// --- answers to reads ---

/// What a plan would do to some jobs.
struct PlannedJobs {
  std::uint64_t jobs = 0;
  std::map<CampaignId, std::uint64_t> by_campaign;  ///< nil: of no campaign
  std::map<std::string, std::uint64_t> by_type;
  std::map<std::string, std::uint64_t> by_service;  ///< "": of no service
  Time oldest_at = no_time;                         ///< when the oldest of them was enqueued; no_time: there is none
};

/// What would become of the jobs that wait, exactly, if a plan began now.
struct PlanPreview {
  Seq seq = 0;  ///< the log's last event, as of which this is true
  PlannedJobs release;
  PlannedJobs park;
  PlannedJobs cancel;
  std::optional<std::uint64_t> drain_ms{};  ///< how long the ramp lets the released ones take, if workers are as fast;
                                            ///< nothing: the plan has no ramp
};

/// Reads on behalf of clients that met damage in the data directory, since the process began.
struct DamagedReads {
  std::uint64_t count = 0;
  Time last_at{};    ///< no_time: none
  std::string last;  ///< what was wrong, and where
};

struct StatusView {
  BreakerState breaker;
  JobCounts jobs;
  std::uint64_t in_flight = 0;  ///< jobs that a worker holds now, whatever they read as
  CampaignCounts campaigns;
  bool queue_paused = false;
  std::vector<Hold> holds;
  std::vector<JobHold> job_holds;
  LimitsView limits;
  RolloutView rollout;
  Seq last_seq = 0;
  JobId last_job = 0;
};

/// An event as the log shows it.
struct EventView {
  Seq seq = 0;
  Time time{};
  std::string_view type;
  unsigned version = 1;  ///< that its bytes, and so its hash, were made in; `data` has the newest shape
  std::string stream;
  std::string principal;
  Seq cause = 0;     ///< 0: none
  std::string data;  ///< JSON object as text
  std::string hash;  ///< 64 hexadecimal digits
};

/// One page of a list. `next` is empty when the end was reached; a page may be short and still have a next.
template <class T>
struct Page {
  std::vector<T> items;
  std::string next;
};

struct EventPage {
  std::vector<EventView> events;
  Seq next = 1;  ///< where to read on
};

/// Campaigns or jobs under pause for one service: the first of them, and how many there are.
template <class T>
struct Sample {
  std::vector<T> items;
  std::uint64_t total = 0;
};

}  // namespace breakerd
