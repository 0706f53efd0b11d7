#pragma once
// What the queue remembers besides rows (queue_core.hpp). Plain values.

#include <cstdint>

#include <breakerd/actors/base/changes.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_commands.hpp>

namespace breakerd {

/// A command about many jobs that goes on in steps.
struct RunningCommand {
  JobCommandRow row;
  std::uint64_t number = 0;  ///< the submission of its last step
};

/// Over jobs whose deadline came while they were held: some may be held no more.
struct HeldWalk {
  std::uint64_t number = 0;  ///< begins when this submission is in the log
  JobId job = 0;             ///< the last one; 0: none yet
  Time at{};                 ///< its deadline
};

/// Over schedules, whose next times may be later than they should be.
struct TimesWalk {
  SteadyTime at{};          ///< when it goes on
  ScheduleId behind = 0;    ///< the last one that was looked at
  bool has_failed = false;  ///< of one the time could not be worked out
};

/// What was known of a run before the state was read again.
struct KnownRun {
  TokenDigest token{};
  SteadyTime late_at{};
};

/// Queue time is counted from the last pause or resume on.
struct QueueTime {
  bool is_known = false;  ///< not before the first load()
  bool paused = false;    ///< it stands still since then
  Time paused_at{};       ///< of that pause
  Time then{};            ///< what it was
  SteadyTime since{};
  SteadyTime last_turn{};

  /// What it is at `now`, which is not before `since`.
  [[nodiscard]] Time at(SteadyTime now) const {
    return paused ? then : then + std::chrono::duration_cast<Duration>(now - since);
  }
};

/// A lease whose worker has not been answered yet, as far as is known.
struct UnansweredGrant {
  std::uint64_t number = 0;  ///< of its submission
  JobId job = 0;
  Moment at;
};

}  // namespace breakerd
