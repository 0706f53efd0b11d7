#include "tests/simulation/promises/waiting_leases.hpp"

#include <algorithm>
#include <utility>

#include "tests/simulation/promises/new_jobs.hpp"
#include "tests/simulation/promises/time_text.hpp"
#include "tests/simulation/promises/unique_keys.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::uint64_t wait_ms_max = 60'000;
constexpr std::int64_t rounding_us = 2'000;

/// A job that was enqueued so, or is shown so, may wait for its time.
bool may_wait_for_time(const json& job) {
  for (const char* member : {"run_at", "delay_ms", "next_attempt_at"})
    if (job.contains(member) && !job[member].is_null()) return true;
  return false;
}

/// It may have expired before anybody waits for it.
bool may_expire(const json& asked) { return asked.contains("expires_at") || asked.contains("expires_in_ms"); }

bool has_campaign(const json& job) { return job.contains("campaign_id") && !job["campaign_id"].is_null(); }

}  // namespace

bool WaitingLeases::Waiting::takes(const std::string& type) const {
  return !job_types.is_array() || std::find(job_types.begin(), job_types.end(), type) != job_types.end();
}

void WaitingLeases::begun(const Request& request, std::uint64_t call, bool is_alone, std::int64_t now_ms,
                          std::int64_t wall_us) {
  if (longest_ms_ == 0) return;
  check(now_ms);
  const Kind kind = request.kind();
  if (kind == Kind::place_job_hold || kind == Kind::set_limit || request.plan() != nullptr) {
    may_be_held_ = true;
    ready_.clear();
  }
  if (request.may_open()) {
    ++openings_;
    opening_.emplace(call, 0);
    is_closed_ = false;
  }
  if (kind == Kind::close || kind == Kind::lease) asked_.emplace(call, openings_);
  if (kind == Kind::cancel && request.job) ready_.erase(*request.job);
  if (kind != Kind::lease) return;
  if (!is_alone) behind_others_.insert(call);
  if (wall_us != 0) windows_[request.text("worker")].push_back({call, wall_us - rounding_us});
  const std::uint64_t wait_ms = request.number("wait_ms").value_or(0);
  if (wait_ms == 0 || wait_ms > wait_ms_max || !is_alone || request.keyed) return;
  // It begins when what it settles is durable.
  const std::int64_t settling_ms = request.body.contains("settle") ? longest_ms_ : 0;
  waiting_.emplace(call, Waiting{request.body.value("job_types", json()), now_ms + settling_ms,
                                 now_ms + settling_ms + static_cast<std::int64_t>(wait_ms) + longest_ms_});
}

void WaitingLeases::ended(const Ended& ended, std::int64_t wall_us) {
  if (longest_ms_ == 0) return;
  close_window(ended, wall_us);
  switch (ended.request.kind()) {
    case Kind::enqueue:
    case Kind::enqueue_batch:
      enqueued(ended);
      break;
    case Kind::lease:
      lease_ended(ended);
      break;
    case Kind::release:
    case Kind::fail:
      if (const auto type = types_.find(ended.request.job.value_or(0)); ended.ok() && type != types_.end() &&
                                                                        ended.data.value("status", "") == "PENDING" &&
                                                                        !may_wait_for_time(ended.data))
        make_ready(type->first, type->second, ended);
      break;
    default:
      break;
  }
  circuit_ended(ended);
  check(ended.ended_ms);
}

/// The answer to the lease that it woke may have come first.
void WaitingLeases::make_ready(std::uint64_t job, const std::string& type, const Ended& by) {
  types_[job] = type;
  const auto leased = leased_.find(job);
  if (leased != leased_.end() && leased->second > by.begun) return;
  if (by.ended_ms >= blind_until_ms_ && !may_be_held_) ready_[job] = by.ended_ms;
}

/// One with a unique key may be replaced before anybody leases it.
void WaitingLeases::enqueued(const Ended& ended) {
  for (const auto& [id, asked] : new_jobs(ended))
    if (asked.is_object() && !has_campaign(asked) && !may_wait_for_time(asked) && !may_expire(asked) &&
        unique_key_of(asked).empty())
      make_ready(id, asked.value("job_type", ""), ended);
}

/// One whose answer was lost may have taken what nobody hears of.
void WaitingLeases::lease_ended(const Ended& ended) {
  behind_others_.erase(ended.call);
  if (ended.outcome == Outcome::unknown || may_be_cut_short(ended)) {
    ready_.clear();
    blind_until_ms_ = ended.ended_ms + 2 * longest_ms_;
  }
  const json jobs = ended.ok() && ended.data.is_object() ? ended.data.value("jobs", json::array()) : json::array();
  for (const json& job : jobs) {
    const auto id = job.value("id", std::uint64_t{0});
    leased_[id] = ended.ended;
    ready_.erase(id);
  }
  check(ended.ended_ms);
  const auto found = waiting_.find(ended.call);
  if (found == waiting_.end()) return;
  if (ended.outcome != Outcome::unknown && ended.ended_ms > found->second.answered_by_ms)
    complain_("a lease waited for " + std::to_string(ended.ended_ms - ended.begun_ms) + " ms, and was to wait for " +
              std::to_string(ended.request.number("wait_ms").value_or(0)));
  waiting_.erase(found);
}

/// A close that was carried out, or a lease that found the queue running: so it is since then, if nothing has opened
/// it.
void WaitingLeases::circuit_ended(const Ended& ended) {
  opening_.erase(ended.call);
  const auto found = asked_.find(ended.call);
  if (found == asked_.end()) return;
  const bool is_same = found->second == openings_ && opening_.empty();
  asked_.erase(found);
  const bool was_closed =
      ended.ok() && (ended.request.kind() == Kind::close ||
                     (ended.data.is_object() && ended.data.contains("paused") && ended.data["paused"] == false));
  if (!was_closed || !is_same || is_closed_) return;
  is_closed_ = true;
  closed_since_ms_ = ended.ended_ms;
}

void WaitingLeases::close_window(const Ended& ended, std::int64_t wall_us) {
  if (ended.request.kind() != Kind::lease || wall_us == 0) return;
  if (ended.wall_ended_us == 0) is_time_known_ = false;
  for (Window& window : windows_[ended.request.text("worker")])
    if (window.call == ended.call) window.ended_us = wall_us + 1'000 * longest_ms_;
}

/// A job that is ready beside a lease that waits for it was to be leased by then; and who has it was to know by now.
void WaitingLeases::check(std::int64_t now_ms) {
  if (!is_closed_ || now_ms < blind_until_ms_ || !behind_others_.empty()) return;
  for (const auto& [call, waiting] : waiting_) {
    for (const auto& [job, since_ms] : ready_) {
      const std::int64_t both_ms = std::max({since_ms, waiting.begun_ms + longest_ms_, closed_since_ms_});
      if (now_ms <= both_ms + 2 * longest_ms_ || !waiting.takes(types_.at(job))) continue;
      complain_("job " + std::to_string(job) + " waited for " + std::to_string(now_ms - both_ms) +
                " ms beside a lease that waits for such jobs");
      ready_.erase(job);
      return;
    }
  }
}

void WaitingLeases::trouble() {
  waiting_.clear();
  ready_.clear();
  asked_.clear();
  opening_.clear();
  is_closed_ = false;
  ++openings_;
}

void WaitingLeases::leased(const json& event) {
  if (longest_ms_ == 0 || !is_time_known_) return;
  const std::string worker = event["data"].value("worker", "");
  const auto windows = windows_.find(worker);
  const std::optional<std::int64_t> time = read_time(event.value("time", ""));
  if (windows == windows_.end() || !time) return;
  const auto is_in = [&](const Window& window) { return window.begun_us <= *time && *time <= window.ended_us; };
  if (std::any_of(windows->second.begin(), windows->second.end(), is_in)) return;
  complain_("event " + event["seq"].dump() + ": a job was leased to " + worker + ", who had gone before");
}

void WaitingLeases::looked() {
  windows_.clear();
  is_time_known_ = true;
}

}  // namespace breakerd::simulation
