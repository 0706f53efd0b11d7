#include "tests/simulation/promises/timeouts.hpp"

#include <algorithm>

#include "tests/simulation/promises/in_flight_jobs.hpp"
#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::int64_t rounding_us = 2'000;
/// Here the actors' clock stands still while a start waits for the disk, and the wall clock does not.
constexpr std::int64_t disk_longest_us = 1'000'000;
/// A grant that becomes durable late begins its run late.
constexpr std::int64_t late_longest_us = 5'000'000;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

/// Behind it a run may go on that was paused.
bool may_end_pause(const Request& request) {
  const Kind kind = request.kind();
  return may_let_finish(request) || kind == Kind::close || kind == Kind::resume || kind == Kind::resume_queue ||
         kind == Kind::lift_hold || kind == Kind::pause || kind == Kind::start;
}

std::string timeout_error(std::int64_t timeout_ms) {
  return "timeout: the run took longer than " + std::to_string(timeout_ms) + " ms";
}

}  // namespace

bool is_timeout(const json& event) {
  const std::string type = text(event, "type");
  if ((type != "JobAttemptFailed" && type != "JobFailed") || !event.contains("data")) return false;
  return text(event["data"], "error_type") == "timeout" &&
         text(event["data"], "error").rfind("timeout: the run took longer than ", 0) == 0;
}

void Timeouts::begun(const Request& request) {
  if (may_end_pause(request)) ++renewing_;
}

void Timeouts::ended(const Ended& ended) {
  const Kind kind = ended.request.kind();
  if (may_end_pause(ended.request)) {
    --renewing_;
    renewed_ms_ = std::max(renewed_ms_, ended.ended_ms);
  }
  // What was lost may be done later, and what failed may have been trouble with storage.
  if (ended.outcome == Outcome::unknown || ended.status == 503) renewed_ms_ = std::max(renewed_ms_, ended.ended_ms);
  if (kind == Kind::lease && ended.ok() && ended.data.is_object()) {
    for (const json& job : ended.data.value("jobs", json::array()))
      if (const auto timeout_ms = job.value("timeout_ms", json()); timeout_ms.is_number_unsigned())
        grants_[text(job, "token")] = {ended.ended_ms, timeout_ms.get<std::int64_t>()};
  }
  if (kind == Kind::heartbeat && ended.ok() && ended.data.is_object()) told(ended);
}

/// A heartbeat of a run that is over its time.
void Timeouts::told(const Ended& ended) {
  const auto grant = grants_.find(ended.request.text("token"));
  if (grant == grants_.end() || renewing_ > 0 || ended.data.value("stop", true)) return;
  const std::int64_t since_ms = std::max(grant->second.granted_ms, renewed_ms_);
  if (ended.begun_ms > since_ms + grant->second.timeout_ms)
    complain_("a heartbeat of job " + std::to_string(ended.request.job.value_or(0)) + " was not told to stop " +
              std::to_string(ended.begun_ms - since_ms) + " ms after its lease was granted, and its timeout is " +
              std::to_string(grant->second.timeout_ms) + " ms");
}

void Timeouts::take(const json& event, const History& history, bool is_unexcused) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  at_ = "event " + event["seq"].dump() + " " + type + ": ";
  now_us_ = read_time(text(event, "time")).value_or(now_us_);
  const auto number = data.value("job", json());
  if (type.rfind("Job", 0) != 0 || !number.is_number_unsigned()) return;
  const auto id = number.get<std::uint64_t>();
  if (type == "JobEnqueued") timeouts_ms_[id] = data.value("timeout_ms", std::int64_t{0});
  if (is_timeout(event)) timed_out(id, data, history, is_unexcused);
  if (type == "JobLeaseExpired" && is_unexcused) expired(id);
}

void Timeouts::timed_out(std::uint64_t job, const json& data, const History& history, bool is_unexcused) {
  const std::int64_t timeout_ms = timeouts_ms_[job];
  if (timeout_ms == 0) return complain_(at_ + "the job has no timeout");
  if (text(data, "error") != timeout_error(timeout_ms))
    complain_(at_ + "the error is '" + text(data, "error") + "', and its timeout is " + std::to_string(timeout_ms));
  const auto known = history.jobs().find(job);
  if (known != history.jobs().end() && !history.goes_on(known->second))
    complain_(at_ + "a run has taken too long whose job reads " + history.shown_status(known->second));
  const auto run = runs_.find(job);
  if (run == runs_.end() || !wall_is_steady_) return;
  const std::int64_t passed_us = now_us_ - run->second.since_us;
  if (passed_us + (is_unexcused ? rounding_us : disk_longest_us) < 1'000 * timeout_ms)
    complain_(at_ + "the run has taken " + std::to_string(passed_us) +
              " us since its lease or the last end of a pause" + ", and its timeout is " + std::to_string(timeout_ms) +
              " ms");
}

/// A lease that ends when its run is over its time is no expiry.
void Timeouts::expired(std::uint64_t job) const {
  const auto run = runs_.find(job);
  if (run == runs_.end() || run->second.is_paused || !wall_is_steady_) return;
  const std::int64_t over_us = now_us_ - run->second.since_us - 1'000 * timeouts_ms_.at(job);
  if (over_us > late_longest_us)
    complain_(at_ + "an expiry, and the run was over its time for " + std::to_string(over_us) + " us");
}

void Timeouts::taken(const json& event, const History& history) {
  const std::string stream = text(event, "stream");
  const bool is_jobs = stream.rfind("job-", 0) == 0;
  const auto number = event["data"].value("job", json());
  if (is_jobs && number.is_number_unsigned()) {
    const auto id = number.get<std::uint64_t>();
    const auto known = timeouts_ms_.find(id);
    if (known == timeouts_ms_.end() || known->second == 0) return;
    if (text(event, "type") == "JobLeased")
      runs_[id] = {now_us_, false};
    else
      runs_.erase(id);
    return;
  }
  for (auto& [id, run] : runs_) {
    const auto job = history.jobs().find(id);
    const bool is_paused = job != history.jobs().end() && !history.goes_on(job->second);
    if (run.is_paused && !is_paused) run.since_us = now_us_;
    run.is_paused = is_paused;
  }
}

}  // namespace breakerd::simulation
