#include <breakerd/events/rules/posix_rule.hpp>

#include <algorithm>
#include <array>

namespace breakerd {
namespace {

using namespace std::chrono;

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Digits, for a number up to `max`.
std::optional<int> take_number(std::string_view& text, int max) {
  int value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 3 && text[digits] >= '0' && text[digits] <= '9')
    value = value * 10 + (text[digits++] - '0');
  if (digits == 0 || value > max) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

/// `<...>` or letters; what it says has no use.
bool take_name(std::string_view& text) {
  if (take(text, '<')) {
    const std::size_t end = text.find('>');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    return true;
  }
  std::size_t letters = 0;
  while (letters < text.size() &&
         ((text[letters] >= 'A' && text[letters] <= 'Z') || (text[letters] >= 'a' && text[letters] <= 'z')))
    ++letters;
  text.remove_prefix(letters);
  return letters >= 3;
}

/// [+-]hours[:minutes[:seconds]]
std::optional<seconds> take_time(std::string_view& text, int hours_max) {
  const bool is_negative = take(text, '-');
  if (!is_negative) take(text, '+');
  const auto hour = take_number(text, hours_max);
  if (!hour) return std::nullopt;
  seconds time = hours{*hour};
  if (take(text, ':')) {
    const auto minute = take_number(text, 59);
    if (!minute) return std::nullopt;
    time += minutes{*minute};
    if (take(text, ':')) {
      const auto second = take_number(text, 59);
      if (!second) return std::nullopt;
      time += seconds{*second};
    }
  }
  return is_negative ? -time : time;
}

/// After the M: month.week.weekday
bool take_weekday_of_month(std::string_view& text, YearlyMoment& moment) {
  const auto month = take_number(text, 12);
  if (!month || *month < 1 || !take(text, '.')) return false;
  const auto week = take_number(text, 5);
  if (!week || *week < 1 || !take(text, '.')) return false;
  const auto day = take_number(text, 6);
  if (!day) return false;
  moment.kind = YearlyMoment::Kind::weekday_of_month;
  moment.month = static_cast<unsigned>(*month);
  moment.week = static_cast<unsigned>(*week);
  moment.weekday = static_cast<unsigned>(*day);
  return true;
}

/// ,date[/time]
std::optional<YearlyMoment> take_moment(std::string_view& text) {
  if (!take(text, ',')) return std::nullopt;
  YearlyMoment moment;
  if (take(text, 'M')) {
    if (!take_weekday_of_month(text, moment)) return std::nullopt;
  } else {
    const bool without_leap = take(text, 'J');
    const auto day = take_number(text, 365);
    if (!day || (without_leap && *day == 0)) return std::nullopt;
    moment.kind = without_leap ? YearlyMoment::Kind::day_without_leap : YearlyMoment::Kind::day_of_year;
    moment.day = *day;
  }
  if (take(text, '/')) {
    const auto time = take_time(text, 167);
    if (!time) return std::nullopt;
    moment.time = *time;
  }
  return moment;
}

/// On the local clock, as if it were UTC.
Time in_year(const YearlyMoment& moment, year of) {
  switch (moment.kind) {
    case YearlyMoment::Kind::weekday_of_month: {
      const month in{moment.month};
      const weekday on{moment.weekday};
      const sys_days day = moment.week == 5 ? sys_days{of / in / on[last]} : sys_days{of / in / on[moment.week]};
      return day + moment.time;
    }
    case YearlyMoment::Kind::day_without_leap: {
      const bool after_leap_day = of.is_leap() && moment.day >= 60;
      return sys_days{of / January / 1} + days{moment.day - (after_leap_day ? 0 : 1)} + moment.time;
    }
    case YearlyMoment::Kind::day_of_year:
      break;
  }
  return sys_days{of / January / 1} + days{moment.day} + moment.time;
}

}  // namespace

std::optional<PosixRule> parse_posix_rule(std::string_view text) {
  PosixRule rule;
  if (!take_name(text)) return std::nullopt;
  const auto west = take_time(text, 23);  // POSIX counts westwards
  if (!west) return std::nullopt;
  rule.standard = -*west;
  if (text.empty()) return rule;

  rule.has_summer = true;
  rule.summer = rule.standard + hours{1};
  if (!take_name(text)) return std::nullopt;
  if (!text.empty() && text.front() != ',') {
    const auto summer_west = take_time(text, 23);
    if (!summer_west) return std::nullopt;
    rule.summer = -*summer_west;
  }
  const auto begins = take_moment(text);
  if (!begins) return std::nullopt;
  const auto ends = take_moment(text);
  if (!ends || !text.empty()) return std::nullopt;
  rule.summer_begins = *begins;
  rule.summer_ends = *ends;
  return rule;
}

ZoneSpan PosixRule::span_at(Time time) const {
  if (!has_summer) return {Time::min(), Time::max(), standard};
  struct Change {
    Time at;
    bool to_summer;
    auto operator<=>(const Change&) const = default;
  };
  // A change may lie a week beyond its year. Where a summer ends as the next one begins, the latter comes last.
  const year now = year_month_day{floor<days>(time)}.year();
  std::array<Change, 6> changes{};
  for (int i = 0; i < 3; ++i) {
    const year of = now + years{i - 1};
    const auto at = static_cast<std::size_t>(2 * i);
    changes[at] = {in_year(summer_begins, of) - standard, true};
    changes[at + 1] = {in_year(summer_ends, of) - summer, false};
  }
  std::sort(changes.begin(), changes.end());

  ZoneSpan span{Time::min(), Time::max(), standard};
  for (const Change& change : changes) {
    if (change.at > time) {
      span.end = change.at;
      break;
    }
    span.begin = change.at;
    span.offset = change.to_summer ? summer : standard;
  }
  return span;
}

}  // namespace breakerd
