#pragma once
// The rules of schedules. A run is due at a time of the calendar, and begins when the queue may lease its job: while
// that is held back, the run waits. What is decided names each time that it worked out, so that nothing is worked out
// again from a log. Pure, but that a cron expression in a zone other than UTC reads that zone the first time in a
// process (zone_database.hpp).
//
// A time of a schedule that has come does not come again when the clock is set back: by up to 3 hours where its
// expression names hours, and by up to a minute otherwise. When it is set back by more, times come by the new time.

#include <optional>
#include <string>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/schedule.hpp>
#include <breakerd/events/model/schedule_events.hpp>
#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/job.hpp>

namespace breakerd {

/// A run that begins later than this behind its time was missed.
inline constexpr std::chrono::seconds missed_after{10};

/// `limit` at limits::schedules_max; `invalid`, naming the field, when the zone is not known or no run would ever be
/// due; `storage` when the zone cannot be read now. That no other schedule has the name is the caller's to see.
[[nodiscard]] Result<ScheduleSet> decide(const QueueState& state, const CreateSchedule& command, Time now);
/// Likewise. The next run stays what it is unless its times change, and also then when it is due: the new times are
/// those of the runs behind it.
[[nodiscard]] Result<ScheduleSet> decide(const ScheduleRow& row, const ChangeSchedule& command, Time now);
/// No event when it is so already.
[[nodiscard]] std::optional<SchedulePaused> decide(const ScheduleRow& row, const PauseSchedule& command);
/// `invalid` and `storage` as above.
[[nodiscard]] Result<std::optional<ScheduleResumed>> decide(const ScheduleRow& row, const ResumeSchedule& command,
                                                            Time now);
/// An earlier time for the next run, when that is later than the first one that is to come: a clock that was ahead
/// leaves it so, and a zone that has changed may. Nothing when it is right, due, or paused. Errors as above.
[[nodiscard]] Result<std::optional<ScheduleResumed>> decide_earlier(const ScheduleRow& row, Time now);

/// When a run by hand is due that is asked for at `now`: then, or by so many microseconds later that no run before it,
/// nor the next one, has this time.
[[nodiscard]] Time due_by_hand(const ScheduleRow& row, Time now);

/// What is to be done about a schedule whose next run is due.
struct DueRun {
  bool begins = false;     ///< and else it was missed, and is left out
  Time next_at{};          ///< of the run after it
  std::string end_reason;  ///< there is no other one, or no such zone: the schedule has to be paused. Empty: there is
};
/// `storage` when the zone cannot be read now: nothing is to be done yet.
[[nodiscard]] Result<DueRun> decide_due(const ScheduleRow& row, Time now);

/// The job of the run that is due at `due`.
[[nodiscard]] JobSpec job_of_run(const SchedulePlan& plan, Time due);

/// Whether a run has to wait, because no worker might have its job: the queue is paused, the job would be held, or its
/// campaign is PAUSED or not started. `lane` is that of its campaign.
[[nodiscard]] bool must_wait(const SchedulePlan& plan, const LaneRow& lane, const QueueState& queue);

/// Applies an event; false when it cannot follow.
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const ScheduleSet& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const SchedulePaused& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const ScheduleResumed& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const ScheduleRemoved& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const ScheduleRan& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const ScheduleSkipped& event, const Event& whole);

/// `not_found`.
[[nodiscard]] Error no_such_schedule(ScheduleId id);

}  // namespace breakerd
