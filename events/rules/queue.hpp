#pragma once
// The rules of the queue as a whole: pausing, resuming and holds; and how jobs and campaigns move its counts. Pure.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/rules/breaker.hpp>

namespace breakerd {

/// What an opening does to the queue: it pauses, and the circuit's hold goes on all running campaigns.
struct PauseDecision {
  QueuePaused pause;
  HoldPlaced hold;
};
[[nodiscard]] PauseDecision decide_pause(const QueueState& state, const CircuitOpened& opening,
                                         const std::string& principal);

/// What a close does: jobs without a campaign are served again. Holds stay.
[[nodiscard]] QueueResumed decide_resume(const QueueState& state, Epoch epoch);

/// Lifts every hold; no event when there is none. `circuit_open` while the queue is paused.
[[nodiscard]] Result<std::optional<HoldsLifted>> decide(const QueueState& state, const ResumeQueue& command);

/// `circuit_open` is no obstacle: the hold then outlives the circuit's. `limit` at limits::service_holds_max.
[[nodiscard]] Result<HoldPlaced> decide(const QueueState& state, const PauseCampaignsForService& command);

/// Lifts the hold of that service; no event when it has none. `circuit_open` while the queue is paused.
[[nodiscard]] Result<std::optional<HoldsLifted>> decide(const QueueState& state,
                                                        const ResumeCampaignsForService& command);

void evolve(QueueState& state, const QueuePaused& event, Time time);
void evolve(QueueState& state, const QueueResumed& event, Time time);
void evolve(QueueState& state, const HoldPlaced& event, const std::string& principal, Time time);
void evolve(QueueState& state, const HoldsLifted& event, Time time);
/// An event tells queue time, as whoever decided it had counted it.
void set_queue_time(QueueState& state, Time queue_time, Time wall);

/// Where a job is among those of its lane.
struct JobPlace {
  JobStatus status = JobStatus::pending;
  bool is_scheduled = false;  ///< it waits for its time; only a pending one does
  bool is_parked = false;     ///< likewise, and not for its time then

  friend bool operator==(const JobPlace&, const JobPlace&) = default;
};
[[nodiscard]] JobPlace place_of(const JobRow& row);

/// Counts in its lane and in the queue that a job has moved to where its row says. `from` is nullopt for a new job.
/// The lane's status must not be terminal, unless the job has ended before and afterwards.
void move_job(QueueState& state, LaneRow& lane, std::optional<JobPlace> from, const JobRow& row);

/// Whether jobs of this class are pending in the lane, and how many of them are ready.
[[nodiscard]] bool has_class(const LaneRow& lane, std::string_view job_type, std::string_view service);
[[nodiscard]] std::uint64_t ready_of(const LaneRow& lane, std::string_view job_type, std::string_view service);

/// Counts a new campaign.
void add_campaign(QueueState& state);

/// Moves a campaign and its live jobs to `to`; with a terminal `to`, the live jobs count as cancelled from here on.
/// `ordinal` is the place of a start or resume, else 0.
void move_campaign(QueueState& state, LaneRow& lane, CampaignStatus to, Ordinal ordinal);

/// Whether the dispatcher may lease from a lane.
[[nodiscard]] bool is_served(const QueueState& state, const LaneRow& lane, bool is_default_lane);

}  // namespace breakerd
