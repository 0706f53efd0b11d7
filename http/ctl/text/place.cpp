#include <breakerd/http/ctl/text/place.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace breakerd::ctl {
namespace {

/// Reads a text from its left.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_{text} {}

  /// A number of `least` to `most` digits.
  std::optional<std::int64_t> number(std::size_t least, std::size_t most) {
    std::size_t digits = 0;
    while (digits < text_.size() && digits < most && text_[digits] >= '0' && text_[digits] <= '9') ++digits;
    if (digits < least) return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(text_.data(), text_.data() + digits, value);
    text_.remove_prefix(digits);
    return value;
  }

  bool take(char wanted) {
    if (text_.empty() || text_.front() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  std::string_view letters() {
    const auto end = std::find_if(text_.begin(), text_.end(), [](char c) { return c < 'a' || c > 'z'; });
    const auto word = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
    text_.remove_prefix(word.size());
    return word;
  }

  void spaces() {
    while (take(' ')) {
    }
  }

  [[nodiscard]] bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

struct Date {
  std::int64_t year = 0, month = 0, day = 0;
};

struct TimeOfDay {
  std::int64_t hour = 0, minute = 0, second = 0;
};

std::optional<Date> read_date(Reader& reader) {
  const auto year = reader.number(4, 4);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.number(2, 2);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day = reader.number(2, 2);
  if (!day || *year < 1970) return std::nullopt;
  return Date{*year, *month, *day};
}

std::optional<TimeOfDay> read_clock(Reader& reader) {
  const auto hour = reader.number(1, 2);
  if (!hour || !reader.take(':')) return std::nullopt;
  const auto minute = reader.number(2, 2);
  std::optional<std::int64_t> second = 0;
  if (minute && reader.take(':')) second = reader.number(2, 2);
  if (!minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return TimeOfDay{*hour, *minute, *second};
}

/// A local time, where a day or month that is out of range is none; an hour that summer time skips is the next one.
std::optional<Time> local_time(const Date& date, const TimeOfDay& clock) {
  std::tm parts{};
  parts.tm_year = static_cast<int>(date.year - 1900);
  parts.tm_mon = static_cast<int>(date.month - 1);
  parts.tm_mday = static_cast<int>(date.day);
  parts.tm_hour = static_cast<int>(clock.hour);
  parts.tm_min = static_cast<int>(clock.minute);
  parts.tm_sec = static_cast<int>(clock.second);
  parts.tm_isdst = -1;
  const auto seconds = std::mktime(&parts);
  if (parts.tm_mon != date.month - 1 || parts.tm_mday != date.day || seconds < 0) return std::nullopt;
  return Time{std::chrono::seconds{seconds}};
}

/// The local date of `days` before today.
Date date_before(Time now, int days) {
  const auto seconds =
      static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  parts.tm_mday -= days;
  parts.tm_hour = 12;  // no change of the clock is at noon
  parts.tm_isdst = -1;
  std::mktime(&parts);
  return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

std::optional<std::int64_t> seconds_of(std::string_view unit) {
  struct Unit {
    std::int64_t seconds;
    std::string_view names[5];
  };
  static constexpr Unit units[] = {{1, {"s", "sec", "secs", "second", "seconds"}},
                                   {60, {"m", "min", "mins", "minute", "minutes"}},
                                   {3'600, {"h", "hr", "hrs", "hour", "hours"}},
                                   {86'400, {"d", "day", "days", "d", "d"}},
                                   {604'800, {"w", "week", "weeks", "w", "w"}}};
  for (const auto& known : units) {
    if (std::find(std::begin(known.names), std::end(known.names), unit) != std::end(known.names)) return known.seconds;
  }
  return std::nullopt;
}

/// Before every log; what follows must not overflow.
constexpr std::int64_t ago_seconds_max = 10'000'000'000;

std::optional<Time> ago(std::string_view text, Time now) {
  Reader reader{text};
  std::int64_t seconds = 0;
  for (bool any = false;; any = true) {
    reader.spaces();
    const auto count = reader.number(1, 9);
    if (!count) {
      if (!any || reader.letters() != "ago" || !reader.done()) return std::nullopt;
      const auto moment = now - std::chrono::seconds{seconds};
      return moment > no_time ? std::optional{moment} : std::nullopt;
    }
    reader.spaces();
    const auto unit = seconds_of(reader.letters());
    if (!unit) return std::nullopt;
    seconds += *count * *unit;
    if (seconds > ago_seconds_max) return std::nullopt;
  }
}

std::optional<Time> date_and_clock(std::string_view text) {
  Reader reader{text};
  const auto date = read_date(reader);
  if (!date) return std::nullopt;
  if (reader.done()) return local_time(*date, {});
  if (!reader.take(' ') && !reader.take('T')) return std::nullopt;
  const auto clock = read_clock(reader);
  return clock && reader.done() ? local_time(*date, *clock) : std::nullopt;
}

std::optional<Time> clock_alone(std::string_view text, Time now) {
  Reader reader{text};
  const auto clock = read_clock(reader);
  if (!clock || !reader.done()) return std::nullopt;
  const auto today = local_time(date_before(now, 0), *clock);
  return today && *today > now ? local_time(date_before(now, 1), *clock) : today;
}

std::optional<Time> read_time(std::string_view text, Time now) {
  if (text == "now") return now;
  if (text == "today") return local_time(date_before(now, 0), {});
  if (text == "yesterday") return local_time(date_before(now, 1), {});
  if (const auto time = parse_rfc3339(text)) return time;
  if (const auto time = date_and_clock(text)) return time;
  if (const auto time = clock_alone(text, now)) return time;
  return ago(text, now);
}

}  // namespace

CliResult<Place> parse_place(std::string_view option, std::string_view text, Time now) {
  Seq seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error == std::errc{} && end == text.data() + text.size()) return Place{seq, std::nullopt};
  if (const auto time = read_time(text, now)) return Place{std::nullopt, time};
  return usage_error(
      fmt::format("{} wants a seq or a time such as 2026-11-23T22:14:05Z, \"2026-11-23 22:14\", 22:14 or \"2h ago\", "
                  "not \"{}\"",
                  option, text));
}

}  // namespace breakerd::ctl
