#include "tests/simulation/promises/ramps.hpp"

#include <algorithm>

namespace breakerd::simulation {

namespace {

/// What each second may have beyond the area (docs/http-api.md, "A plan for what waits").
constexpr double share = 0.05;
constexpr double one_job = 1;
/// Times are told in microseconds, and the daemon reckons finer.
constexpr double rounding = 0.001;
/// Nobody waits in the moment in which it begins.
constexpr double jobs_late_most = 2;

std::string number(double value) {
  const std::string text = std::to_string(value);
  return text.substr(0, text.find('.') + 3);
}

std::string sentence(std::size_t jobs, std::int64_t from_us, std::int64_t to_us, double area) {
  return std::to_string(jobs) + " jobs are leased in " + std::to_string(to_us - from_us) + " us from " +
         std::to_string(from_us) + " us of the ramp on, in which it allows " + number(area);
}

}  // namespace

double RampShape::rate(std::int64_t us) const {
  const double part = static_cast<double>(std::clamp<std::int64_t>(us, 0, over_us())) / static_cast<double>(over_us());
  const auto from = static_cast<double>(from_thousandths);
  return (from + (static_cast<double>(to_thousandths) - from) * part) / 1'000;
}

double RampShape::area(std::int64_t from_us, std::int64_t to_us) const {
  const std::int64_t from = std::clamp<std::int64_t>(from_us, 0, over_us());
  const std::int64_t to = std::clamp<std::int64_t>(to_us, 0, over_us());
  return (rate(from) + rate(to)) / 2 * static_cast<double>(to - from) / 1e6;
}

std::string RampLeases::lease(std::int64_t us) {
  if (us >= shape_.over_us()) return "";                         // there is no limit any more
  if (!leases_.empty() && us < leases_.back()) leases_.clear();  // the wall clock was set, and no event tells it yet
  leases_.push_back(us);
  if (was_restarted_) {
    ++since_restart_;
    const double area = shape_.area(restarted_us_, us + unseen_us_);
    if (static_cast<double>(since_restart_) > area + rounding) {
      was_restarted_ = false;
      return sentence(since_restart_, restarted_us_, us, area) + ", and the daemon was started at its beginning";
    }
  }
  for (std::size_t first = 0; first < leases_.size(); ++first) {
    const std::int64_t from_us = leases_[first];
    const std::size_t jobs = leases_.size() - first;
    const double area = shape_.area(from_us, us + unseen_us_);
    const double least = std::max(shape_.rate(from_us), shape_.rate(us));  // in a second
    if (static_cast<double>(jobs) <= area + share * std::max(area, least) + one_job + rounding) continue;
    leases_.clear();
    return sentence(jobs, from_us, us, area);
  }
  return "";
}

void RampLeases::restart(std::int64_t us, bool is_known) {
  if (!is_known) leases_.clear();
  was_restarted_ = true;
  restarted_us_ = us;
  since_restart_ = 0;
}

std::string RampLeases::lagged(std::int64_t us) const {
  for (std::size_t jobs = 0; jobs <= leases_.size(); ++jobs) {
    const bool is_last = jobs == leases_.size();
    const std::int64_t then_us = is_last ? std::min(us, shape_.over_us()) : leases_[jobs];
    const double area = shape_.area(0, then_us);
    if (static_cast<double>(jobs) + jobs_late_most < area * (1 - share))
      return sentence(jobs, 0, then_us, area) + ", and jobs and workers were there";
  }
  return "";
}

}  // namespace breakerd::simulation
