#pragma once
// What can be asked of breakerd. Imperative names; plain values. Texts are UTF-8; bounds are those of limits.hpp and
// are checked by validate() before a command reaches the rules. An empty text means "not given".

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/model/job_hold.hpp>
#include <breakerd/events/model/job_spec.hpp>
#include <breakerd/events/model/job_type.hpp>
#include <breakerd/events/model/kept_answer.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/schedule.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/triage.hpp>

namespace breakerd {

/// A failure of a dependency was seen. Opens the circuit, or is added to the opening there is.
struct RecordFailure {
  std::string error;
  std::string error_type;
  std::string service;
  JobId job = 0;
  CampaignId campaign{};
};

/// Opens the circuit by hand.
struct OpenCircuit {
  std::string reason;
  std::string service;                  ///< the label to hold responsible, if one is
  std::optional<InFlight> in_flight{};  ///< not given: the configured default, or what it is when it is OPEN already
};

/// Closes the circuit; with `epoch`, only that opening.
struct CloseCircuit {
  std::string reason;
  std::optional<Epoch> epoch;
  std::optional<Plan> plan{};  ///< for the jobs that wait; takes the place of one that runs. Refused when it is CLOSED
};

/// Lifts every hold of the circuit or of a service. Needs a CLOSED circuit.
struct ResumeQueue {
  std::string reason{};
  std::optional<Plan> plan{};  ///< for the jobs that wait; takes the place of one that runs. There may be no hold
};

/// Holds all RUNNING campaigns in the name of a service, without opening the circuit.
struct PauseCampaignsForService {
  std::string service;
  std::string reason;
};

/// Lifts the hold of one service. Needs a CLOSED circuit.
struct ResumeCampaignsForService {
  std::string service;
  std::string reason{};
};

/// Holds jobs of a service, of a type, of a campaign, or of several of these together: no such job is leased until the
/// hold is lifted. The circuit is no matter. At least one of the three is given.
struct PlaceJobHold {
  std::string job_type{};
  std::string service{};
  std::string reason{};
  CampaignId campaign{};
};

struct LiftJobHold {
  JobHoldId hold = 0;
  std::string reason{};
};

/// Limits the leases of a service, a campaign or a job type, from now on. Takes the place of the limit that is there.
/// At least one of `concurrency` and `rate_thousandths` is given.
struct SetLeaseLimit {
  LimitName of;
  std::optional<std::uint64_t> concurrency{};  ///< leases at a time, 1..limits::lease_limit_concurrency_max
  std::optional<std::uint64_t>
      rate_thousandths{};                ///< leases in 1,000 seconds, 1..1,000 * limits::lease_limit_rate_max
  std::optional<std::uint64_t> burst{};  ///< 1..limits::lease_limit_burst_max; not given: what comes in one second
  std::string reason{};
};

struct RemoveLeaseLimit {
  LimitName of;
  std::string reason{};
};

/// What jobs of this type have from now on that do not say otherwise themselves; in place of what was set before. At
/// least one of the settings is given.
struct SetJobType {
  std::string job_type{};
  JobTypeSettings settings{};
  std::string reason{};
};

/// The type has no settings any more.
struct RemoveJobType {
  std::string job_type{};
  std::string reason{};
};

/// Of the plan, `time_zone` may be empty: "UTC".
struct CreateSchedule {
  SchedulePlan plan;
  std::string reason{};
};

/// What is not given stays. `cron` takes the place of `every_ms`, and `every_ms` that of `cron` and its zone; with
/// either, and with a new zone, the next run is due at the first of the new times that is to come, unless they are
/// those that it has, or the next run is due already: then that stays.
struct ChangeSchedule {
  ScheduleId schedule = 0;
  std::optional<std::string> name{};
  std::optional<std::string> cron{};
  std::optional<std::string> time_zone{};
  std::optional<std::uint64_t> every_ms{};
  std::optional<MissedRuns> missed{};
  std::optional<JobSpec> new_job{};  ///< as a whole
  std::string reason{};
};

/// Jobs of its runs stay as they are.
struct RemoveSchedule {
  ScheduleId schedule = 0;
  std::string reason{};
};

struct PauseSchedule {
  ScheduleId schedule = 0;
  std::string reason{};
};

/// Runs that would have been due while it was paused are not made up for.
struct ResumeSchedule {
  ScheduleId schedule = 0;
  std::string reason{};
};

/// One run at once, whether it is paused or not. The times of the others stay.
struct RunSchedule {
  ScheduleId schedule = 0;
};

struct EnqueueJob {
  JobSpec spec;
};

/// All or none of them.
struct EnqueueJobs {
  std::vector<JobSpec> specs;
};

struct LeaseJobs {
  std::string worker;
  /// Fewer are granted when their payloads are large (limits::lease_payload_bytes_max). Nobody may ask for 0; the
  /// daemon does when it wants to tell of the circuit and grant nothing.
  std::uint32_t max = 1;
  std::uint32_t lease_ms = 30'000;
  std::vector<std::string> job_types;  ///< empty: any
  /// How long to wait for a job when there is none, or when the queue is paused; 0: not at all. Only a command that is
  /// alone in its batch waits.
  std::uint32_t wait_ms = 0;
};

/// Tokens travel as the worker holds them: 32 hexadecimal digits.
/// How far a worker is with its job, in its own words. Kept in memory while the lease lives, and shown.
struct JobProgress {
  std::uint32_t percent = 0;  ///< up to limits::progress_percent_max
  std::string message;        ///< up to limits::progress_message_bytes_max bytes; may be empty
  Time at = no_time;          ///< when it was reported; the reader's to fill in

  friend bool operator==(const JobProgress&, const JobProgress&) = default;
};

struct Heartbeat {
  JobId job = 0;
  std::string token;
  /// How long to wait for a stop before the answer, which is decided when the wait is over; 0: not at all. Never longer
  /// than half the lease's period.
  std::uint32_t wait_ms = 0;
  /// false: only asks whether to stop, now or within the wait; the lease ends when it would have ended.
  bool extends = true;
  std::optional<JobProgress> progress{};  ///< it stays as it was without
};

struct CompleteJob {
  JobId job = 0;
  std::string token;
  std::string result;  ///< JSON text; empty means null
};

/// With a service: a service failure, the circuit opens. Without: the job's own.
struct FailJob {
  JobId job = 0;
  std::string token;
  std::string error;
  std::string error_type;
  std::string service;
  // of the job's own failure:
  bool retry = true;                                 ///< false: no attempt can help, it has FAILED
  std::optional<std::uint64_t> retry_after_ms = {};  ///< until the next attempt, instead of what its backoff says
};

struct ReleaseJob {
  JobId job = 0;
  std::string token;
};

/// How a lease ended, of many in one call.
using LeaseEnd = std::variant<CompleteJob, FailJob, ReleaseJob>;

struct CancelJob {
  JobId job = 0;
  std::string reason;
};

/// A FAILED job waits again, with all its attempts.
struct RetryJob {
  JobId job = 0;
  std::string reason;
};

/// A FAILED job is CANCELLED: nobody looks at it any more.
struct DiscardJob {
  JobId job = 0;
  std::string reason;
};

/// The same for all FAILED jobs that match, in the background; or for parked ones, to release or cancel them. A plan is
/// started by CloseCircuit and ResumeQueue.
struct StartJobCommand {
  JobCommandKind kind = JobCommandKind::retry;
  FailedJobs filter;                             ///< `ended_by` is made of older_than_ms
  std::optional<std::uint64_t> older_than_ms{};  ///< that ended so long ago or longer
  std::string reason;
  std::uint64_t matched = 0;  ///< how many there are, as far as the asker knows
};

/// Ends the rollout there is: workers may have as many jobs as they ask for.
struct StopRollout {
  std::string reason{};
};

/// Ends one that runs. What it has done stays so.
struct StopJobCommand {
  JobCommandId command = 0;
};

struct CreateCampaign {
  std::string name;
  std::string description;
  std::string metadata;      ///< JSON object as text; empty means {}
  std::uint32_t weight = 1;  ///< 1 to limits::campaign_weight_max: its turns in each round of leases
};

struct UpdateCampaign {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> metadata;
  std::optional<std::uint32_t> weight{};
};
struct StartCampaign {
  std::string status_message{};  ///< what is shown while it runs; empty: breakerd's own words
};
struct PauseCampaign {
  std::string reason;
};
struct ResumeCampaign {};
struct SealCampaign {};
struct FailCampaign {
  std::string reason;
};
struct CancelCampaign {
  std::string reason;
};

/// What is asked of one campaign that exists.
using CampaignAction = std::variant<UpdateCampaign, StartCampaign, PauseCampaign, ResumeCampaign, SealCampaign,
                                    FailCampaign, CancelCampaign>;

struct ChangeCampaign {
  CampaignId campaign{};
  CampaignAction action;
};

/// Keeps the answer to a request that had a key, before it is given. For the HTTP facade.
struct KeepAnswer {
  KeptAnswer answer;
};

/// Every command, by the actor that decides it (see actors/base/messages.hpp).
using Command = std::variant<
    // the breaker
    RecordFailure, OpenCircuit, CloseCircuit,
    // the queue
    ResumeQueue, PauseCampaignsForService, ResumeCampaignsForService, EnqueueJob, EnqueueJobs, LeaseJobs, Heartbeat,
    CompleteJob, FailJob, ReleaseJob, CancelJob, RetryJob, DiscardJob, StartJobCommand, StopJobCommand, StopRollout,
    PlaceJobHold, LiftJobHold, SetLeaseLimit, RemoveLeaseLimit, SetJobType, RemoveJobType, CreateSchedule,
    ChangeSchedule, RemoveSchedule, PauseSchedule, ResumeSchedule, RunSchedule, KeepAnswer,
    // campaigns
    CreateCampaign, ChangeCampaign>;

}  // namespace breakerd
