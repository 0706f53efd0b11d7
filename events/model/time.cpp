#include <breakerd/events/model/time.hpp>

#include <array>
#include <cstring>

namespace breakerd {
namespace {

constexpr auto digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

/// The last two digits of `value`.
void put_pair(char* to, unsigned value) { std::memcpy(to, &digit_pairs[std::size_t{value % 100} * 2], 2); }

/// Reads exactly `width` digits at the front of `text` and drops them.
std::optional<int> take_number(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, width)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take_char(std::string_view& text, char a, char b) {
  if (text.empty() || (text.front() != a && text.front() != b)) return false;
  text.remove_prefix(1);
  return true;
}

/// The fraction after the dot; more than nine digits are refused, beyond six are cut.
std::optional<int> take_fraction_us(std::string_view& text) {
  int value = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6) value = value * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (int i = digits; i < 6; ++i) value *= 10;
  return value;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
  if (take_char(text, 'Z', 'z')) return std::chrono::minutes{0};
  const bool negative = !text.empty() && text.front() == '-';
  if (!take_char(text, '+', '-')) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || *hours > 23 || !take_char(text, ':', ':')) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset{*hours * 60 + *minutes};
  return negative ? -offset : offset;
}

}  // namespace

void append_rfc3339(std::string& out, Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const auto of_day = time - day;
  const auto seconds_of_day = static_cast<unsigned>(duration_cast<seconds>(of_day).count());
  const auto micros = static_cast<unsigned>((of_day - seconds{seconds_of_day}).count());
  char text[] = "0000-00-00T00:00:00.000000Z";
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  put_pair(text, year / 100);
  put_pair(text + 2, year);
  put_pair(text + 5, static_cast<unsigned>(date.month()));
  put_pair(text + 8, static_cast<unsigned>(date.day()));
  put_pair(text + 11, seconds_of_day / 3600);
  put_pair(text + 14, seconds_of_day / 60 % 60);
  put_pair(text + 17, seconds_of_day % 60);
  put_pair(text + 20, micros / 10'000);
  put_pair(text + 22, micros / 100);
  put_pair(text + 24, micros);
  out.append(text, sizeof text - 1);
}

std::string to_rfc3339(Time time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  if (!y || !take_char(text, '-', '-')) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take_char(text, '-', '-')) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take_char(text, 'T', 't')) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take_char(text, ':', ':')) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take_char(text, ':', ':')) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 59) return std::nullopt;
  int micros = 0;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const auto fraction = take_fraction_us(text);
    if (!fraction) return std::nullopt;
    micros = *fraction;
  }
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return Time{sys_days{date}} + hours{*hour} + minutes{*minute} + seconds{*second} + microseconds{micros} - *offset;
}

}  // namespace breakerd
