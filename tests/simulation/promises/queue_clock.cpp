#include "tests/simulation/promises/queue_clock.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::optional<std::int64_t> time_in(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? read_time(found->get<std::string>()) : std::nullopt;
}

}  // namespace

std::int64_t QueueClock::at(std::int64_t wall_us) const {
  return paused_ ? told_us_ : told_us_ + std::max<std::int64_t>(wall_us - told_at_us_, 0);
}

void QueueClock::tell(std::int64_t queue_us, std::int64_t wall_us) {
  told_us_ = queue_us;
  told_at_us_ = wall_us;
}

void QueueClock::take(const json& event) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  const std::int64_t now_us = time_in(event, "time").value_or(told_at_us_);
  if (type == "QueuePaused" || type == "QueueResumed") {
    tell(at(now_us), now_us);
    paused_ = type == "QueuePaused";
  } else if (type == "QueueTimeSet") {
    tell(time_in(data, "queue_time").value_or(told_us_), now_us);
  } else if (type == "JobAttemptFailed") {
    const auto due_us = time_in(data, "due");
    if (due_us) tell(*due_us - 1'000 * data.value("delay_ms", std::int64_t{0}), now_us);
  }
}

}  // namespace breakerd::simulation
