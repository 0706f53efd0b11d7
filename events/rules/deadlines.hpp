#pragma once
// Until when jobs must have been started. A deadline is kept in queue time (queue_state.hpp), and so stands still while
// the queue is paused. It stands still too while the job's campaign is paused by hand or under a hold, while a hold on
// jobs covers the job, and while the job is parked. How long that was is added when the deadline comes, so that pausing
// and resuming look at no job. Pure.

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/rules/job.hpp>

namespace breakerd {

/// The spec's deadline, of its `expires_at`: `now` is wall time, `queue_now` the same moment in queue time. `invalid`,
/// naming the field, when it expires before it could be started. A spec that never expires stays as it is.
[[nodiscard]] Result<void> set_deadline(JobSpec& spec, Time now, Time queue_now);

/// Whether no worker may have the job because it, or its campaign, is held, paused or parked. That the queue is paused
/// is not looked at.
[[nodiscard]] bool is_held(const JobContext& job);

/// How long the job was held between `deadline.counted` and `queue_now`, in queue time. Where several held it at once,
/// that counts once.
[[nodiscard]] Duration held_time(const JobContext& job, Time queue_now);

/// What is to be done about a deadline.
enum class DeadlineState : std::uint8_t {
  waits,     ///< nothing: it has not come, or there is none, or it waits for the end of a hold that is there still
  has_come,  ///< the job expires
  moves,     ///< the job was held, or its campaign has ended: DeadlinesMoved
};
[[nodiscard]] DeadlineState look_at_deadline(const JobContext& job, Time queue_now);

/// What DeadlinesMoved does to one job.
void move_deadline(JobRow& row, const LaneRow& lane, const QueueState& queue, Time counted);

/// Before the job is parked no more: the times up to `queue_now` in which it was held or parked are in its deadline.
void count_parked_time(JobRow& row, const LaneRow& lane, const QueueState& queue, Time queue_now);

/// When the job will expire unless it is started, in wall time as things are: the time of a hold or pause that is there
/// is added when that ends. no_time: never.
[[nodiscard]] Time shown_deadline(const JobContext& job);

// --- what is remembered of the times in which jobs were held ---

/// A hold on campaigns is no more, at `queue_now`.
void remember(QueueState& queue, const Hold& hold, Time queue_now);
/// A hold on jobs is no more.
void remember(QueueState& queue, const JobHold& hold, Time queue_now);
/// A campaign that an operator has paused begins to run, with a new place. To be called before that is set.
void remember_pause(LaneRow& lane, const QueueState& queue, Time queue_now);

}  // namespace breakerd
