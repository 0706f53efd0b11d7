#pragma once
// The rules of holds on jobs. Pure.

#include <optional>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/queue_events.hpp>
#include <breakerd/events/model/queue_state.hpp>

namespace breakerd {

/// The hold that covers exactly what these say; null when there is none.
[[nodiscard]] const JobHold* find_job_hold(const QueueState& state, const std::string& job_type,
                                           const std::string& service, const CampaignId& campaign);

/// The hold with this number; null when it is not there.
[[nodiscard]] const JobHold* find_job_hold(const QueueState& state, JobHoldId id);

/// No event when the same hold is there already: it is the answer. `limit` at limits::job_holds_max.
[[nodiscard]] Result<std::optional<JobHoldPlaced>> decide(const QueueState& state, const PlaceJobHold& command);

/// `not_found` when there is no such hold, or not any more.
[[nodiscard]] Result<JobHoldLifted> decide(const QueueState& state, const LiftJobHold& command);

/// Whether the event can follow.
[[nodiscard]] bool fits(const QueueState& state, const JobHoldPlaced& event);
[[nodiscard]] bool fits(const QueueState& state, const JobHoldLifted& event);

void evolve(QueueState& state, const JobHoldPlaced& event, const std::string& principal, Time time);
void evolve(QueueState& state, const JobHoldLifted& event, Time time);

}  // namespace breakerd
