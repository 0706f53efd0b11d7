#include <breakerd/events/rules/ramp.hpp>

#include <algorithm>
#include <cmath>

namespace breakerd {
namespace {

using Seconds = std::chrono::duration<double>;

double rate_of(std::uint64_t thousandths) { return static_cast<double>(thousandths) / 1'000; }

/// Seconds.
double length_of(const Ramp& ramp) { return static_cast<double>(ramp.over_ms) / 1'000; }

/// Half of what the rate grows by in each second; below 0 when it falls.
double half_growth(const Ramp& ramp) {
  return (rate_of(ramp.to_thousandths) - rate_of(ramp.from_thousandths)) / (2 * length_of(ramp));
}

double tokens_after(const Ramp& ramp, double seconds) {
  const double t = std::clamp(seconds, 0.0, length_of(ramp));
  return rate_of(ramp.from_thousandths) * t + half_growth(ramp) * t * t;
}

/// The other way round: the positive root of tokens_after(t) = tokens, in the form that does not lose digits when the
/// growth is small.
double seconds_to(const Ramp& ramp, double tokens) {
  const double from = rate_of(ramp.from_thousandths);
  const double root = from * from + 4 * half_growth(ramp) * tokens;
  if (root < 0) return length_of(ramp);  // it ends before there are so many
  return std::min(2 * tokens / (from + std::sqrt(root)), length_of(ramp));
}

/// Tokens that are kept for a worker that comes late. No second sees more of them, and the one job that its border may
/// add, than 5 % above its rate; of a slow ramp, a quarter of a job. Whoever is no later than 10 ms loses none.
double kept_tokens(double rate) {
  constexpr double share = 0.05;
  constexpr double quarter = 0.25;
  return std::min(share * rate, std::max(quarter, share * rate - 1));
}

/// What two ways to the same number may differ by.
constexpr double rounding = 1e-6;

}  // namespace

std::uint64_t rate_at(const Ramp& ramp, std::uint64_t elapsed_ms) {
  if (elapsed_ms >= ramp.over_ms) return ramp.to_thousandths;
  const double share = static_cast<double>(elapsed_ms) / static_cast<double>(ramp.over_ms);
  const double from = static_cast<double>(ramp.from_thousandths);
  const double to = static_cast<double>(ramp.to_thousandths);
  return static_cast<std::uint64_t>(std::llround(from + (to - from) * share));
}

std::uint64_t drain_ms(const Ramp& ramp, std::uint64_t jobs) {
  if (jobs == 0) return 0;
  const double last = static_cast<double>(jobs - 1);  // the first one is leased at once
  if (last >= tokens_after(ramp, length_of(ramp))) return ramp.over_ms;
  return static_cast<std::uint64_t>(std::ceil(seconds_to(ramp, last) * 1'000));
}

void RampMeter::start(const Ramp& ramp, SteadyTime began, SteadyTime now, Bucket bucket) {
  runs_ = true;
  ramp_ = ramp;
  began_ = began;
  next_ = bucket == Bucket::full ? 0 : tokens_at(now) + 1;
}

double RampMeter::tokens_at(SteadyTime now) const { return tokens_after(ramp_, Seconds{now - began_}.count()); }

double RampMeter::next_at(SteadyTime now) const {
  const auto elapsed_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_).count();
  const double rate = rate_of(rate_at(ramp_, static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed_ms, 0))));
  return std::max(next_, tokens_at(now) - kept_tokens(rate));
}

std::size_t RampMeter::room(SteadyTime now) const {
  if (!runs_ || now >= ends_at()) return SIZE_MAX;
  const double left = tokens_at(now) - next_at(now);
  return left < -rounding ? 0 : static_cast<std::size_t>(left + rounding) + 1;
}

void RampMeter::lease(SteadyTime now) {
  if (runs_) next_ = next_at(now) + 1;
}

SteadyTime RampMeter::free_at() const {
  if (next_ >= tokens_after(ramp_, length_of(ramp_))) return ends_at();
  const auto wait = std::chrono::ceil<std::chrono::microseconds>(Seconds{seconds_to(ramp_, next_)});
  return std::min(began_ + wait, ends_at());
}

}  // namespace breakerd
