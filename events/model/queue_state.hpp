#pragma once
// The queue as a whole: whether it is paused, the short list of holds, and exact counts.
//
// A hold covers every campaign that was RUNNING when it was placed, that is, every lane whose `started` ordinal is
// smaller than the hold's. So the living holds, in order, cut the running lanes into generations: generation i started
// before hold i and after hold i-1, the last one after all holds. Counts are kept per generation, and placing or
// lifting a hold is O(number of holds), whatever the number of jobs and campaigns.

#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_commands.hpp>
#include <breakerd/events/model/rollout.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/status.hpp>

namespace breakerd {

enum class HoldKind : std::uint8_t { circuit = 0, service = 1 };

struct Hold {
  Ordinal ordinal = 0;
  HoldKind kind = HoldKind::circuit;
  std::string service;  ///< may be empty for the circuit's
  std::string cause;    ///< what a covered campaign's status_message says
  std::string principal;
  Time placed_at{};
  Time since{};  ///< placed_at in queue time

  friend bool operator==(const Hold&, const Hold&) = default;
};

/// A hold that was lifted. It counts for deadlines of jobs that are older.
struct PastHold {
  Ordinal ordinal = 0;
  HeldSpan span;

  friend bool operator==(const PastHold&, const PastHold&) = default;
};
struct PastJobHold {
  std::string job_type;  ///< these three are as in JobHold; all empty: it held all jobs
  std::string service;
  CampaignId campaign{};
  HeldSpan span;

  friend bool operator==(const PastJobHold&, const PastJobHold&) = default;
};

/// Jobs that have not ended.
struct LiveJobs {
  std::uint64_t pending = 0;
  std::uint64_t processing = 0;
  std::uint64_t scheduled = 0;  ///< of the pending ones: those that wait for their time
  std::uint64_t parked = 0;     ///< of the pending ones, and not scheduled: those that are parked

  [[nodiscard]] std::uint64_t total() const { return pending + processing; }
  /// Those that no plan has parked.
  [[nodiscard]] std::uint64_t in_use() const { return total() - parked; }
  LiveJobs& operator+=(const LiveJobs& other);
  LiveJobs& operator-=(const LiveJobs& other);
  friend bool operator==(const LiveJobs&, const LiveJobs&) = default;
};

struct Generation {
  std::uint64_t campaigns = 0;       ///< RUNNING as kept
  LiveJobs jobs;                     ///< of those
  std::uint64_t paused_by_hand = 0;  ///< campaigns of this generation that an operator has paused since

  friend bool operator==(const Generation&, const Generation&) = default;
};

/// The seven counts of a status answer, what `pending` has of jobs that wait for their time, and what `paused` has of
/// jobs that are parked.
struct JobCounts {
  std::uint64_t pending = 0, processing = 0, paused = 0, completed = 0, failed = 0, cancelled = 0, expired = 0;
  std::uint64_t scheduled = 0;
  std::uint64_t parked = 0;
  [[nodiscard]] std::uint64_t of(JobStatus shown) const;
  [[nodiscard]] std::uint64_t total() const {
    return pending + processing + paused + completed + failed + cancelled + expired;
  }
};
struct CampaignCounts {
  std::uint64_t created = 0, running = 0, paused = 0, completed = 0, failed = 0, cancelled = 0;
  [[nodiscard]] std::uint64_t of(CampaignStatus shown) const;
  [[nodiscard]] std::uint64_t total() const { return created + running + paused + completed + failed + cancelled; }
};

struct QueueState {
  bool paused = false;
  JobId last_job = 0;
  Ordinal last_ordinal = 0;
  std::vector<Hold> holds;  ///< ascending ordinals; at most one of the circuit, one per service
  std::vector<Generation> generations{Generation{}};  ///< holds.size() + 1
  std::vector<JobHold> job_holds;                     ///< ascending ids; no two are on the same jobs
  std::vector<PastHold> past_holds;                   ///< the last ones that were lifted, in that order
  std::vector<PastJobHold> past_job_holds;            ///< likewise
  LiveJobs default_lane;
  LiveJobs created;                                           ///< jobs of CREATED campaigns
  LiveJobs operator_paused;                                   ///< jobs of campaigns paused by hand
  std::array<std::uint64_t, kept_job_statuses> ended_jobs{};  ///< by JobStatus; pending and processing stay 0
  std::array<std::uint64_t, campaign_statuses> campaigns{};   ///< by status as kept
  Time paused_at = no_time;                                   ///< of the pause there is
  Time resumed_at = no_time;  ///< when runs that were told to stop may have gone on last, because a pause, a hold or
                              ///< the pause of a campaign has ended, or an opening lets them finish
  JobCommandId last_job_command = 0;
  JobCommandId plan = 0;  ///< that runs; 0: none
  Rollout rollout;        ///< only while the circuit is CLOSED
  JobHoldId last_job_hold = 0;
  std::uint64_t job_types = 0;  ///< that have settings
  ScheduleId last_schedule = 0;
  std::uint64_t schedules = 0;  ///< that are there
  Time counted{};  ///< queue time, at the last event that told it, or at the last pause or its end; at first the epoch
  Time counted_at{};  ///< when that was, in wall time

  friend bool operator==(const QueueState&, const QueueState&) = default;

  [[nodiscard]] JobCounts job_counts() const;
  /// Jobs that a worker holds now, whatever they read as.
  [[nodiscard]] std::uint64_t in_flight() const;
  [[nodiscard]] CampaignCounts campaign_counts() const;

  /// Queue time, when the wall clock says `wall`: it began as wall time and stands still while the queue is paused. It
  /// goes on from what the last event says that tells it, and never before that, whatever clocks did meanwhile.
  [[nodiscard]] Time queue_time(Time wall) const;

  /// Which generation a lane started at `started` belongs to.
  [[nodiscard]] std::size_t generation_of(Ordinal started) const;

  /// The oldest living hold that covers a RUNNING lane started at `started`; null when none does.
  [[nodiscard]] const Hold* hold_on(Ordinal started) const;

  /// Whether a living hold in the name of a service covers a RUNNING lane started at `started`.
  [[nodiscard]] bool has_service_hold_on(Ordinal started) const;

  /// Ordinal of the newest living hold, 0 without one: RUNNING lanes started after it are served.
  [[nodiscard]] Ordinal newest_hold() const { return holds.empty() ? 0 : holds.back().ordinal; }

  /// The oldest hold on jobs of this class in the lane of this campaign; null when there is none. With the default lane
  /// it is one that holds such jobs in every lane.
  [[nodiscard]] const JobHold* job_hold_on(const JobClass& jobs, const LaneId& lane = {}) const;

  /// Whether a hold on jobs covers all jobs of this campaign.
  [[nodiscard]] bool has_hold_on(const CampaignId& campaign) const;

  /// Jobs of campaigns under any hold, and their number of campaigns.
  [[nodiscard]] Generation held() const;
};

/// The hold that covers a campaign, for a lane as kept; null when none does.
[[nodiscard]] const Hold* covering_hold(const LaneRow& lane, const QueueState& queue);

/// RUNNING under a hold reads PAUSED; everything else as kept.
[[nodiscard]] CampaignStatus shown_status(const LaneRow& lane, const QueueState& queue);

/// What a job reads as: its lane's end, the queue's pause and holds laid over what is kept.
[[nodiscard]] JobStatus shown_status(JobStatus kept, const LaneRow& lane, bool is_default_lane,
                                     const QueueState& queue);
/// The same, of a job whose row is known: one that is parked reads PAUSED.
[[nodiscard]] JobStatus shown_status(const JobRow& row, const LaneRow& lane, const QueueState& queue);

/// When a job that waits for its time will be ready, in wall time as things are; no_time when it waits for none, or for
/// queue time and that stands still.
[[nodiscard]] Time next_attempt_at(const JobRow& row, const QueueState& queue);

}  // namespace breakerd
