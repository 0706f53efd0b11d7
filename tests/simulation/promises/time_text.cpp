#include "tests/simulation/promises/time_text.hpp"

#include <chrono>

namespace breakerd::simulation {

namespace {

constexpr const char* form = "dddd-dd-ddTdd:dd:dd.ddddddZ";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::int64_t> read_time(const std::string& text) {
  const std::string_view expected = form;
  if (text.size() != expected.size()) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at)
    if (expected[at] == 'd' ? !is_digit(text[at]) : text[at] != expected[at]) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) { return std::stoi(text.substr(at, digits)); };
  using namespace std::chrono;
  const year_month_day day{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                           std::chrono::day{static_cast<unsigned>(number(8, 2))}};
  if (!day.ok()) return std::nullopt;
  const auto time = sys_days{day}.time_since_epoch() + hours{number(11, 2)} + minutes{number(14, 2)} +
                    seconds{number(17, 2)} + microseconds{number(20, 6)};
  return duration_cast<microseconds>(time).count();
}

}  // namespace breakerd::simulation
