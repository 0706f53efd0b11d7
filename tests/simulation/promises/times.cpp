#include "tests/simulation/promises/times.hpp"

#include <algorithm>
#include <cmath>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Here the actors' clock stands still while a start waits for the disk, and the wall clock does not. Several starts
/// may have waited since a time was planned.
constexpr std::int64_t disk_longest_us = 3'000'000;

std::optional<std::int64_t> time_in(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? read_time(found->get<std::string>()) : std::nullopt;
}

}  // namespace

void Times::begun(const Request& request) {
  if (request.kind() != Kind::fail || !request.job) return;
  if (const auto asked = request.number("retry_after_ms")) asked_[*request.job].retry_after_ms.insert(*asked);
}

std::int64_t Times::queue_time_us() const { return paused_since_us_.value_or(now_us_) - paused_us_; }

std::optional<std::int64_t> Times::run_at_us(std::uint64_t job) const {
  const auto found = waiting_.find(job);
  return found == waiting_.end() ? std::nullopt : found->second.run_at_us;
}

void Times::take(const json& event, const UniqueKeys& keys) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  at_ = "event " + event.value("seq", json()).dump() + " " + type + ": ";
  now_us_ = time_in(event, "time").value_or(now_us_);
  if (type == "QueuePaused") {
    paused_since_us_ = now_us_;
  } else if (type == "QueueResumed" && paused_since_us_) {
    paused_us_ += std::max<std::int64_t>(now_us_ - *paused_since_us_, 0);
    paused_since_us_.reset();
  } else if (type == "JobsDue") {
    for (const json& job : data["jobs"])
      if (const auto id = job.get<std::uint64_t>(); !keys.has_let_go(id)) due(id);
  }
  const auto job = data.value("job", json());
  if (type.rfind("Job", 0) != 0 || !job.is_number_unsigned()) return;
  const auto id = job.get<std::uint64_t>();
  if (type == "JobEnqueued") {
    asked_[id].backoff = data.value("backoff", json());
    const auto run_at = time_in(data, "run_at");
    if (run_at && *run_at > now_us_) waiting_[id] = {run_at, 0};
    return;
  }
  if (type == "JobParked" || type == "JobUnparked") return;
  if (type == "JobLeased" && waits(id)) complain_(at_ + "the job was leased before its time");
  waiting_.erase(id);
  if (type == "JobAttemptFailed") attempt_failed(id, data);
}

void Times::attempt_failed(std::uint64_t job, const json& data) {
  const auto delay_ms = data.value("delay_ms", std::uint64_t{0});
  if (!is_asked_for(asked_[job], data.value("attempt", std::uint64_t{1}), delay_ms))
    complain_(at_ + "a delay of " + std::to_string(delay_ms) + " ms is not what was asked for");
  const auto shown = time_in(data, "due");
  if (shown.has_value() != (delay_ms > 0)) return complain_(at_ + "it has a due time exactly when it has a delay");
  if (!shown) return;
  const std::int64_t due_us = queue_time_us() + static_cast<std::int64_t>(1'000 * delay_ms);
  if (wall_is_steady_ && std::abs(*shown - due_us) > disk_longest_us)
    complain_(at_ + "its due time is " + std::to_string(*shown - due_us) + " us from where its delay ends");
  waiting_[job] = {std::nullopt, *shown};
}

/// By http-api.md, "When a job is tried again".
bool Times::is_asked_for(const Asked& asked, std::uint64_t attempt, std::uint64_t delay_ms) const {
  if (asked.retry_after_ms.count(delay_ms) > 0) return true;
  const json backoff = asked.backoff.is_object() ? asked.backoff : json::object();
  const std::string kind = backoff.value("kind", "exponential");
  double most = backoff.value("base_ms", 1'000.0);
  if (kind == "exponential") most *= std::pow(backoff.value("factor", 2.0), static_cast<double>(attempt - 1));
  if (kind == "list") {
    const json& delays = backoff["delays_ms"];
    most = delays[std::min<std::size_t>(attempt - 1, delays.size() - 1)].get<double>();
  }
  most = std::min(most, backoff.value("max_ms", 600'000.0));
  const bool has_jitter = backoff.value("jitter", "full") == "full";
  const auto delay = static_cast<double>(delay_ms);
  return has_jitter ? delay <= most : delay == most;
}

void Times::due(std::uint64_t job) {
  const auto found = waiting_.find(job);
  if (found == waiting_.end()) return complain_(at_ + "job " + std::to_string(job) + " does not wait for a time");
  const Waiting& waiting = found->second;
  if (waiting.run_at_us && now_us_ < *waiting.run_at_us)
    complain_(at_ + "the run_at of job " + std::to_string(job) + " has not come");
  if (!waiting.run_at_us && wall_is_steady_ && queue_time_us() + disk_longest_us < waiting.due_us)
    complain_(at_ + "the delay of job " + std::to_string(job) + " is not over");
  waiting_.erase(found);
}

}  // namespace breakerd::simulation
