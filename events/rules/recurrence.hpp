#pragma once
// When a recurring time comes next. Pure; any thread.
//
// A cron expression is of a local clock, which is set forward and back:
// - One that names hours (`30 2 * * *`, `0 */6 * * *`) comes once for each of its local times: when the clock first
// shows
//   that time or a later one. A time that is skipped comes at the end of the gap, and all that are skipped together
//   come at once. A time that is there twice comes at the first.
// - One that names none (`0 * * * *`, `*/15 * * * *`) comes whenever the clock shows such a time: twice in an hour that
// is
//   there twice, and not for an hour that is not there.
// Why: docs/decisions/hours-that-are-named-come-once.md.

#include <chrono>
#include <optional>
#include <variant>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/rules/cron.hpp>
#include <breakerd/events/rules/time_zone.hpp>

namespace breakerd {

/// The last time that there is here.
inline constexpr Time recurrence_end =
    std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::days{1} - std::chrono::microseconds{1};
inline constexpr std::chrono::milliseconds interval_max{limits::every_ms_max};

struct CronRule {
  CronExpression cron;  ///< of parse_cron()
  TimeZone zone{};
};

/// At `anchor`, and each `every` before and after it. Times of the wall clock, like all others here: it is no clock's
/// to change which times they are, but a clock that is set comes to them sooner or later, or once more.
struct IntervalRule {
  std::chrono::milliseconds every{0};
  Time anchor{};
};

using Recurrence = std::variant<CronRule, IntervalRule>;

/// `invalid` unless `every` is from 1 ms to interval_max and `anchor` of the years 1970 to 9999.
[[nodiscard]] Result<IntervalRule> make_interval(std::chrono::milliseconds every, Time anchor);

/// The first time that is later than `after`, from 1970 on, whatever `after` is. nullopt: none until recurrence_end. A
/// few microseconds at most, however long ago `after` is.
[[nodiscard]] std::optional<Time> next_time(const CronRule& rule, Time after);
[[nodiscard]] std::optional<Time> next_time(const IntervalRule& rule, Time after);
[[nodiscard]] std::optional<Time> next_time(const Recurrence& rule, Time after);

}  // namespace breakerd
