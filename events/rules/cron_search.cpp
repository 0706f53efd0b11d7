// first_from(): from field to field, never from minute to minute.

#include <bit>

#include <breakerd/events/rules/cron.hpp>

namespace breakerd {
namespace {

using namespace std::chrono;

constexpr int last_year = 9999;

/// The lowest bit at `from` or above it; at least 64 when there is none. `from` may be 64.
unsigned next_bit(std::uint64_t bits, unsigned from) {
  if (from >= 64) return 64;
  return static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

/// The days of the month that are in the expression, from bit 1; 0 when the month is not.
std::uint32_t days_of(const CronExpression& cron, year_month month) {
  if ((cron.months >> static_cast<unsigned>(month.month()) & 1) == 0) return 0;
  const unsigned length = static_cast<unsigned>((month / last).day());
  const unsigned first = weekday{sys_days{month / 1}}.c_encoding();
  // The days of the week six times over, from Sunday on; then from the weekday of the first day on.
  const std::uint64_t weeks = cron.weekdays * ((1ull << 42) / 127);
  const std::uint64_t by_weekday = weeks >> first << 1;
  const std::uint64_t by_day = cron.days;
  const bool both = cron.any_day || cron.any_weekday;
  const std::uint64_t days = both ? by_day & by_weekday : by_day | by_weekday;
  return static_cast<std::uint32_t>(days & ((std::uint64_t{2} << length) - 2));
}

/// The first minute of the day at `from` or after it. nullopt: none on this day.
std::optional<minutes> first_minute(const CronExpression& cron, minutes from) {
  const auto hour_of_day = static_cast<unsigned>(from / hours{1});
  const auto minute_of_hour = static_cast<unsigned>(from % hours{1} / minutes{1});
  unsigned hour = next_bit(cron.hours, hour_of_day);
  unsigned minute = next_bit(cron.minutes, hour == hour_of_day ? minute_of_hour : 0);
  if (minute > 59) {
    hour = next_bit(cron.hours, hour + 1);
    minute = next_bit(cron.minutes, 0);
  }
  if (hour > 23) return std::nullopt;
  return hours{hour} + minutes{minute};
}

/// The first day of the expression at `from` or after it.
std::optional<local_days> first_day(const CronExpression& cron, local_days from) {
  const year_month_day date{from};
  unsigned day = static_cast<unsigned>(date.day());
  for (year_month month = date.year() / date.month(); month.year() <= year{last_year}; month += months{1}) {
    day = next_bit(days_of(cron, month), day);
    if (day <= 31) return local_days{month / std::chrono::day{day}};
    day = 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<LocalTime> first_from(const CronExpression& cron, LocalTime from) {
  const auto minute = ceil<minutes>(from);
  const local_days begin = floor<days>(minute);
  auto day = first_day(cron, begin);
  if (!day) return std::nullopt;
  auto of_day = first_minute(cron, *day == begin ? minute - begin : minutes{0});
  if (!of_day) {
    day = first_day(cron, *day + days{1});
    if (!day) return std::nullopt;
    of_day = first_minute(cron, minutes{0});
  }
  return *day + *of_day;
}

}  // namespace breakerd
