#pragma once
// A cron expression: which minutes of which days, on a local clock. Pure; any thread.
//
// Five fields, divided by blanks: minute (0-59), hour (0-23), day-of-month (1-31), month (1-12 or JAN-DEC), day-of-week
// (0-7 or SUN-SAT; 0 and 7 are Sunday). A field is a list, divided by commas, of `*`, `*/step`, `value`, `first-last`
// and `first-last/step`. Names may be written in any case. Or, instead of five fields: @hourly, @daily, @midnight,
// @weekly,
// @monthly, @yearly, @annually.
//
// Read as vixie cron reads it, so that a crontab keeps its meaning:
// - A field of days is unrestricted when it starts with `*`. When both are restricted, a day that is in one of them
// will
//   do (`0 0 13 * fri`: each 13th and each Friday). When one is not, it has to be in both (`0 0 */2 * fri`).
// - Steps count from the first of the range: `*/7` of hours is 0, 7, 14, 21, and begins again with each day.
// What vixie cron takes without a word and does not do as one would think is refused: a step without a range (`5/15`;
// it reads 5, other schedulers 5-59/15), a range from a later value to an earlier one (no time at all; `fri-sun` is
// taken), a step that is greater than the field (`*/90` of minutes), and a date that never comes (`0 0 31 2 *`).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Wall time of a place. Microseconds, as Time.
using LocalTime = std::chrono::local_time<Duration>;

/// Fields are bits: value 5 is bit 5. Those of parse_cron() have a bit in each field and come at some time.
struct CronExpression {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days = 0;     ///< of the month, from bit 1
  std::uint16_t months = 0;   ///< from bit 1
  std::uint8_t weekdays = 0;  ///< Sunday is bit 0
  bool any_day = false;       ///< day-of-month starts with `*`
  bool any_weekday = false;   ///< day-of-week starts with `*`

  /// Whether it names no hour: `*`, `*/1` and `0-23` are the same.
  [[nodiscard]] bool has_every_hour() const { return hours == (std::uint32_t{1} << 24) - 1; }

  friend bool operator==(const CronExpression&, const CronExpression&) = default;
};

/// `invalid`, with the field ("minute", "hour", "day-of-month", "month", "day-of-week", or "cron" for the whole) and
/// what was expected of it. At most limits::cron_bytes_max bytes.
[[nodiscard]] Result<CronExpression> parse_cron(std::string_view text);

/// The first whole minute of the expression at `from` or after it, on a clock that nobody sets. nullopt: none until the
/// end of the year 9999. `from` is of the years 0 to 9999. Looks at no more than the months of 40 years, one step each:
/// a 29th of February that has to be a certain day of the week may be that far away.
[[nodiscard]] std::optional<LocalTime> first_from(const CronExpression& cron, LocalTime from);

}  // namespace breakerd
