#include <breakerd/http/ctl/text/terminal.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <utility>

namespace breakerd::ctl {
namespace {

/// Select graphic rendition (ECMA-48, 8.3.117).
std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "32";
    case Tone::bad:
      return "1;31";
    case Tone::caution:
      return "33";
    case Tone::faint:
      return "2";
    case Tone::strong:
      return "1";
  }
  return "";
}

Tone tone_of(std::string_view status) {
  if (status == "OPEN" || status == "FAILED" || status == "EXPIRED") return Tone::bad;
  if (status == "CLOSED" || status == "COMPLETED" || status == "RUNNING") return Tone::good;
  if (status == "PAUSED") return Tone::caution;
  if (status == "CANCELLED") return Tone::faint;
  return Tone::plain;
}

std::string local_text(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  const auto whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (::localtime_r(&whole, &parts) == nullptr) return to_rfc3339(time);
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %Z", &parts);
  return length == 0 ? to_rfc3339(time) : std::string{text.data(), length};
}

}  // namespace

Terminal Terminal::of_environment(bool is_terminal, Time now) {
  if (!is_terminal) return {};
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  const char* kind = std::getenv("TERM");           // NOLINT(concurrency-mt-unsafe)
  const bool refused = no_colour != nullptr && *no_colour != '\0';
  const bool able = kind != nullptr && *kind != '\0' && std::string_view{kind} != "dumb";
  return Terminal{able && !refused, now};
}

std::string Terminal::paint(Tone tone, std::string_view text) const {
  const auto code = code_of(tone);
  if (!colour_ || code.empty() || text.empty()) return std::string{text};
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string Terminal::paint_status(std::string_view status) const { return paint(tone_of(status), status); }

std::string Terminal::time(std::string_view rfc3339) const {
  const auto moment = is_terminal_ ? parse_rfc3339(rfc3339) : std::nullopt;
  return moment ? local_text(*moment) : std::string{rfc3339};
}

std::string Terminal::time_and_age(std::string_view rfc3339) const {
  const auto moment = is_terminal_ ? parse_rfc3339(rfc3339) : std::nullopt;
  if (!moment) return std::string{rfc3339};
  const bool ahead = *moment > now_ + std::chrono::seconds{1};  // clocks of two machines differ a little
  const auto age = ahead ? "in " + duration_text(*moment - now_) : duration_text(now_ - *moment) + " ago";
  return local_text(*moment) + paint(Tone::faint, " (" + age + ")");
}

std::string duration_text(Duration duration) {
  constexpr std::pair<const char*, std::int64_t> units[] = {{"d", 86'400}, {"h", 3'600}, {"m", 60}, {"s", 1}};
  const auto seconds = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(duration).count());
  for (std::size_t i = 0; i + 1 < std::size(units); ++i) {
    const auto [name, size] = units[i];
    if (seconds < size) continue;
    const auto [next_name, next_size] = units[i + 1];
    const auto rest = seconds % size / next_size;
    return rest == 0 ? fmt::format("{}{}", seconds / size, name)
                     : fmt::format("{}{} {}{}", seconds / size, name, rest, next_name);
  }
  return fmt::format("{}s", seconds);
}

}  // namespace breakerd::ctl
