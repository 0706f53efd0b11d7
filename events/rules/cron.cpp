#include <breakerd/events/rules/cron.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
  std::string_view name;
  unsigned first;
  unsigned last;
  unsigned step_max;  ///< how many values there are
  Names names;        ///< of `first` and those after it
};

constexpr Field minute_field{"minute", 0, 59, 60, {}};
constexpr Field hour_field{"hour", 0, 23, 24, {}};
constexpr Field day_field{"day-of-month", 1, 31, 31, {}};
constexpr Field month_field{"month", 1, 12, 12, month_names};
constexpr Field weekday_field{"day-of-week", 0, 7, 7, weekday_names};

struct Nickname {
  std::string_view name;
  std::string_view fields;
};

constexpr std::array<Nickname, 7> nicknames{{{"@hourly", "0 * * * *"},
                                             {"@daily", "0 0 * * *"},
                                             {"@midnight", "0 0 * * *"},
                                             {"@weekly", "0 0 * * 0"},
                                             {"@monthly", "0 0 1 * *"},
                                             {"@yearly", "0 0 1 1 *"},
                                             {"@annually", "0 0 1 1 *"}}};

constexpr std::array<unsigned, 13> days_max{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

/// What was given, for an error; not when it cannot be shown.
std::string but_got(std::string_view text) {
  if (text.empty()) return ", got nothing";
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; })) return "";
  return ", got \"" + std::string{text} + "\"";
}

std::string values_of(const Field& field) {
  std::string text = std::to_string(field.first) + " to " + std::to_string(field.last);
  if (field.names.empty()) return text;
  return text + " or " + std::string{field.names.front()} + " to " + std::string{field.names.back()};
}

Error refusal(const Field& field, const std::string& expected, std::string_view got) {
  return invalid_field(std::string{field.name}, expected + but_got(got));
}

/// The end of the first part of `text`, which is taken off it with the divider. `has_more`: there was one.
std::string_view take_part(std::string_view& text, char divider, bool& has_more) {
  const std::size_t end = text.find(divider);
  const std::string_view part = text.substr(0, end);
  has_more = end != std::string_view::npos;
  text = has_more ? text.substr(end + 1) : std::string_view{};
  return part;
}

/// Only digits, at most three of them.
std::optional<unsigned> to_number(std::string_view text) {
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

Result<unsigned> parse_value(const Field& field, std::string_view text) {
  for (std::size_t i = 0; i < field.names.size(); ++i)
    if (equals_ignoring_case(text, field.names[i])) return field.first + static_cast<unsigned>(i);
  const auto number = to_number(text);
  if (number && *number >= field.first && *number <= field.last) return *number;
  return refusal(field, values_of(field), text);
}

struct Range {
  unsigned first;
  unsigned last;
  bool is_single;
};

/// `*`, `value` or `first-last`.
Result<Range> parse_range(const Field& field, std::string_view text) {
  if (text == "*") return Range{field.first, field.last, false};
  std::string_view rest = text;
  bool has_last = false;
  const auto first = parse_value(field, take_part(rest, '-', has_last));
  if (!first) return first.error();
  if (!has_last) return Range{*first, *first, true};
  const auto last = parse_value(field, rest);
  if (!last) return last.error();
  const bool ends_on_sunday = field.last == weekday_field.last && *last == 0 && *first > 0;
  const Range range{*first, ends_on_sunday ? field.last : *last, false};
  if (range.first > range.last) return refusal(field, "a range from an earlier value to a later one", text);
  return range;
}

/// The bits of one element of the list.
Result<std::uint64_t> parse_element(const Field& field, std::string_view text) {
  std::string_view rest = text;
  bool has_step = false;
  const auto range = parse_range(field, take_part(rest, '/', has_step));
  if (!range) return range.error();
  unsigned step = 1;
  if (has_step) {
    if (range->is_single) return refusal(field, "a step after * or a range, as in */5 or 0-30/5", text);
    step = to_number(rest).value_or(0);
    if (step < 1 || step > field.step_max)
      return refusal(field, "a step from 1 to " + std::to_string(field.step_max), rest);
  }
  std::uint64_t bits = 0;
  for (unsigned value = range->first; value <= range->last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

Result<std::uint64_t> parse_field(const Field& field, std::string_view text) {
  std::uint64_t bits = 0;
  bool has_more = true;
  while (has_more) {
    const auto element = parse_element(field, take_part(text, ',', has_more));
    if (!element) return element.error();
    bits |= *element;
  }
  return bits;
}

/// The words of `text`; as many as it has, and no more than six.
std::size_t split(std::string_view text, std::array<std::string_view, 6>& words) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size() && count < words.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    words[count++] = text.substr(at, end - at);
    at = end;
  }
  return count;
}

Error unknown_nickname(std::string_view text) {
  std::string expected;
  for (const Nickname& nickname : nicknames)
    expected += (expected.empty()                         ? ""
                 : nickname.name == nicknames.back().name ? " or "
                                                          : ", ") +
                std::string{nickname.name};
  return invalid_field("cron", expected + but_got(text));
}

/// Whether a day of the month decides, and no month that is named is long enough for it.
bool never_comes(const CronExpression& cron) {
  if (!cron.any_day && !cron.any_weekday) return false;
  for (unsigned month = 1; month <= 12; ++month) {
    const std::uint32_t its_days = (std::uint32_t{2} << days_max[month]) - 1;
    if ((cron.months >> month & 1) != 0 && (cron.days & its_days) != 0) return false;
  }
  return true;
}

Result<CronExpression> parse_fields(const std::array<std::string_view, 6>& words) {
  const auto minutes = parse_field(minute_field, words[0]);
  if (!minutes) return minutes.error();
  const auto hours = parse_field(hour_field, words[1]);
  if (!hours) return hours.error();
  const auto days = parse_field(day_field, words[2]);
  if (!days) return days.error();
  const auto months = parse_field(month_field, words[3]);
  if (!months) return months.error();
  const auto weekdays = parse_field(weekday_field, words[4]);
  if (!weekdays) return weekdays.error();

  CronExpression cron;
  cron.minutes = *minutes;
  cron.hours = static_cast<std::uint32_t>(*hours);
  cron.days = static_cast<std::uint32_t>(*days);
  cron.months = static_cast<std::uint16_t>(*months);
  cron.weekdays = static_cast<std::uint8_t>((*weekdays | *weekdays >> 7) & 0x7f);
  cron.any_day = words[2].front() == '*';
  cron.any_weekday = words[4].front() == '*';
  if (never_comes(cron)) return invalid_field("day-of-month", "a day that one of the months has" + but_got(words[2]));
  return cron;
}

}  // namespace

Result<CronExpression> parse_cron(std::string_view text) {
  if (text.size() > limits::cron_bytes_max)
    return invalid_field("cron", "at most " + std::to_string(limits::cron_bytes_max) + " bytes");
  std::array<std::string_view, 6> words;
  std::size_t count = split(text, words);
  if (count == 1 && words[0].front() == '@') {
    const auto nickname = std::find_if(nicknames.begin(), nicknames.end(),
                                       [&](const Nickname& of) { return equals_ignoring_case(words[0], of.name); });
    if (nickname == nicknames.end()) return unknown_nickname(words[0]);
    count = split(nickname->fields, words);
  }
  if (count != 5)
    return invalid_field("cron", "five fields: minute hour day-of-month month day-of-week, got " +
                                     (count > 5 ? "more" : std::to_string(count)));
  return parse_fields(words);
}

}  // namespace breakerd
