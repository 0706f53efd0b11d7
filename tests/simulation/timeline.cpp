#include "tests/simulation/timeline.hpp"

#include <algorithm>

namespace breakerd::simulation {

void Timeline::at(Moment moment, std::function<void()> then) {
  due_.emplace(std::pair{std::max(moment, now_), ++asked_}, std::move(then));
}

std::optional<Moment> Timeline::next() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first.first;
}

void Timeline::advance_to(Moment moment) { now_ = std::max(now_, moment); }

bool Timeline::run_due() {
  const auto first = due_.begin();
  if (first == due_.end() || first->first.first > now_) return false;
  const auto then = std::move(first->second);
  due_.erase(first);
  then();
  return true;
}

}  // namespace breakerd::simulation
