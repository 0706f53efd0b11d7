#include <breakerd/http/ctl/text/measures.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/text/terminal.hpp>

namespace breakerd::ctl {
namespace {

constexpr std::string_view decimal_digits = "0123456789";
constexpr std::uint64_t rate_thousandths_max = 1'000 * limits::lease_limit_rate_max;

std::optional<std::uint64_t> milliseconds_of(std::string_view unit) {
  static constexpr std::pair<std::string_view, std::uint64_t> units[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"w", 604'800'000}};
  for (const auto& [name, size] : units)
    if (unit == name) return size;
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_length(std::string_view text, std::uint64_t most_ms) {
  std::uint64_t sum = 0;
  do {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count > most_ms) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto letters = text.substr(0, std::min(text.find_first_of(decimal_digits), text.size()));
    const auto unit = milliseconds_of(letters);
    if (!unit || count > most_ms / *unit) return std::nullopt;
    text.remove_prefix(letters.size());
    sum += count * *unit;
  } while (!text.empty() && sum <= most_ms);
  if (sum > most_ms) return std::nullopt;
  return sum;
}

std::optional<std::uint64_t> parse_rate(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const auto decimals = text.substr(std::min(point + 1, text.size()));
  const bool has_decimals = point < text.size();
  if (point == 0 || has_decimals == decimals.empty() || decimals.size() > 3) return std::nullopt;
  std::string digits{text.substr(0, point)};
  digits.append(decimals).append(3 - decimals.size(), '0');
  if (digits.find_first_not_of(decimal_digits) != std::string::npos) return std::nullopt;
  std::uint64_t thousandths = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), thousandths);
  if (error != std::errc{} || thousandths == 0 || thousandths > rate_thousandths_max) return std::nullopt;
  return thousandths;
}

std::string rate_expected() {
  return fmt::format("a number from 0.001 to {} with up to three decimals", limits::lease_limit_rate_max);
}

std::string length_text(std::uint64_t ms) {
  if (ms > 0 && ms < 1'000) return fmt::format("{}ms", ms);
  return duration_text(std::chrono::milliseconds{ms});
}

}  // namespace breakerd::ctl
