#pragma once
// Jobs that come again and again: what a person says of a schedule, and what is known of one. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/job_spec.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// What becomes of runs that were missed: that could not begin when they were due, nor soon after.
enum class MissedRuns : std::uint8_t {
  once = 0,  ///< as soon as it can, one run takes place for all of them
  skip = 1,  ///< none does
};

/// "once" or "skip".
[[nodiscard]] std::string_view to_string(MissedRuns missed);

/// Either `cron` or `every_ms` is given.
struct SchedulePlan {
  std::string name;       ///< no two schedules have the same one
  std::string cron;       ///< as rules/cron.hpp reads it; empty: it comes every `every_ms`
  std::string time_zone;  ///< of `cron`, a name of the zone database; empty with `every_ms`
  std::uint64_t every_ms = 0;
  MissedRuns missed = MissedRuns::once;
  /// Each run is a new job of this kind. It has no time but `expires_in_ms`, and no unique key: those are the run's.
  JobSpec job;
};

/// A schedule as it is.
struct ScheduleRow {
  ScheduleId id = 0;
  SchedulePlan plan;
  Time anchor{};  ///< `every_ms` counts from here
  bool paused = false;
  Time next_at{};         ///< when the next run is due; no_time: none will be
  Time last_at{};         ///< of the last run; no_time: there was none
  Time last_due_at{};     ///< when that was due
  JobId last_job = 0;     ///< its job
  Time skipped_at{};      ///< when a run was last left out; no_time: none was
  Time skipped_due_at{};  ///< when that was due
  std::string skipped_reason;
  Time created_at{};
  std::string created_by;
  Time changed_at{};  ///< by a person: it was created, changed, paused or resumed
  std::string changed_by;
  std::string reason;  ///< of that change
};

}  // namespace breakerd
