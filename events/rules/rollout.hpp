#pragma once
// The rules of rollouts (model/rollout.hpp): how one begins, which jobs are its canary, and how it ends. How leases
// keep to a ramp: ramp.hpp. Pure.

#include <cstddef>
#include <optional>
#include <string>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/events/rules/fold.hpp>

namespace breakerd {

/// What a plan begins, once it has; none when it has neither a canary nor a ramp.
[[nodiscard]] Rollout new_rollout(const QueueState& queue, const JobCommandStarted& event, const std::string& principal,
                                  Time time);

/// How many more jobs the canary may have leased now; SIZE_MAX when there is no canary.
[[nodiscard]] std::size_t canary_room(const Rollout& rollout);

/// Whether CanaryPassed comes now: so many jobs have succeeded, or none is leased and none is there to be. Jobs that
/// are held, or whose campaign is held, are there; those that wait for a time, are parked, or are of a campaign that
/// has not been started or is paused by hand, are not.
[[nodiscard]] bool canary_passes(const QueueState& queue);

/// RolloutEnded of the rollout there is, by an opening or a newer plan; nothing when there is none.
[[nodiscard]] std::optional<RolloutEnded> decide_end(const Rollout& rollout, RolloutEnd end);
/// Likewise, by somebody.
[[nodiscard]] std::optional<RolloutEnded> decide(const Rollout& rollout, const StopRollout& command);

/// A job is leased; one that had a worker has none any more; and so have all jobs of a campaign that has ended.
void note_lease(Rollout& rollout, JobId job, const CampaignId& campaign);
void note_end(Rollout& rollout, JobId job, bool has_succeeded);
void note_end(Rollout& rollout, const CampaignId& campaign);

/// What the events do to the rollout. False when the event cannot follow.
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const CanaryPassed& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const RolloutEnded& event, const Event& whole);

/// `now` is wall time.
[[nodiscard]] RolloutView view_rollout(const QueueState& queue, Time now);

}  // namespace breakerd
