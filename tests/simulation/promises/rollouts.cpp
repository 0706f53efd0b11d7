#include "tests/simulation/promises/rollouts.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Times are told in microseconds, and the daemon reckons finer.
constexpr std::int64_t rounding_us = 1'000;
/// By how much queue time may be off until the log tells it, when the wall clock was set.
constexpr std::int64_t clocks_differ_us = 101'000;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

std::uint64_t number(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

/// The events with which a worker has a job no more.
bool ends_lease(const std::string& type) {
  static const std::set<std::string> types{"JobCompleted", "JobAttemptFailed", "JobFailed",    "JobReturned",
                                           "JobReleased",  "JobLeaseExpired",  "JobCancelled", "JobExpired"};
  return types.count(type) > 0;
}

}  // namespace

Rollouts::Wanted Rollouts::wanted_in(const json& data) {
  return {number(data, "canary"),
          {number(data, "ramp_from_thousandths"), number(data, "ramp_to_thousandths"), number(data, "ramp_over_ms")}};
}

void Rollouts::started(std::uint64_t last_seq, std::int64_t wall_us) { starts_.push_back({last_seq, wall_us}); }

/// Event `seq` is of a process that has been started since the one before it.
void Rollouts::begin_process(std::uint64_t seq) {
  const auto behind =
      std::find_if(starts_.begin(), starts_.end(), [&](const Start& start) { return start.last_seq >= seq; });
  if (behind == starts_.begin()) return;
  const Start start = *std::prev(behind);
  starts_.erase(starts_.begin(), behind);
  if (start.wall_us == 0) return;
  process_since_us_ = clock_.at(start.wall_us);
  if (now_.phase != Phase::ramp) return;
  meter_since_us_ = std::min(meter_since_us_, process_since_us_);
  leases_.restart(process_since_us_ - meter_since_us_, wall_is_steady_);
}

void Rollouts::take(const json& event) {
  const std::string type = text(event, "type");
  const json& data = event["data"];
  seq_ = number(event, "seq");
  at_ = "event " + std::to_string(seq_) + " " + type + ": ";
  begin_process(seq_);
  now_us_ = read_time(text(event, "time")).value_or(now_us_);
  check_owed(type, event);
  clock_.take(event);
  check_time(type);
  if (type == "JobCommandStarted") started_command(event);
  if (type == "CircuitOpened") is_opened_ = exists();
  if (type == "CanaryPassed") passed(event);
  if (type == "RolloutEnded") rollout_ended(event);
  if (type == "JobLeased") leased(event);
  if (ends_lease(type)) lease_ended(type, data);
  if (type == "CampaignFailed" || type == "CampaignCancelled")
    std::erase_if(now_.in_flight, [&](const auto& job) { return job.second == text(data, "campaign"); });
}

/// What the events before this one have left to be told in their append.
void Rollouts::check_owed(const std::string& type, const json& event) {
  if (is_opened_ && type != "QueuePaused" && type != "HoldPlaced" && type != "RolloutEnded") {
    complain("the circuit has opened, and the rollout of plan " + std::to_string(now_.command) +
             " should have ended with it");
    is_opened_ = false;
    now_ = {};
  }
  if (is_replaced_ && type != "JobCommandEnded" && type != "JobCommandStarted") {
    complain("a newer plan took the place of a rollout, and should stand here");
    is_replaced_ = false;
  }
  const std::uint64_t cause = number(event, "cause");
  if (type == "JobCommandAdvanced") step_ = seq_;
  const bool is_of_step = step_ != 0 && cause == step_ && (type == "JobParked" || type == "JobCancelled");
  if (is_of_step) last_of_step_ = seq_;
  // What a step of a plan does with its jobs comes first, and so does the end of a campaign that they leave empty.
  const bool belongs_to_it =
      is_of_step || (type == "CampaignCompleted" && (cause == passed_by_ || (cause != 0 && cause == last_of_step_)));
  if (is_passed_ && type != "CanaryPassed" && !belongs_to_it) {
    complain("nothing is left for the canary of plan " + std::to_string(now_.command) + " since event " +
             std::to_string(passed_by_) + ", and it should have passed there");
    is_passed_ = false;
    now_ = {};
  }
}

void Rollouts::started_command(const json& event) {
  const json& data = event["data"];
  const Wanted wanted = wanted_in(data);
  const auto id = number(data, "command");
  commands_[id] = wanted;
  if (text(data, "kind") != "plan") {
    if (wanted.exists()) complain("it has a canary or a ramp, and is no plan");
    return;
  }
  is_replaced_ = false;
  if (exists()) complain("the rollout of plan " + std::to_string(now_.command) + " has not ended");
  const auto asked = asked_.find(text(data, "reason"));
  if (asked != asked_.end() && !(asked->second == wanted))
    complain("its canary and its ramp are not those that were asked for: " + data.dump());
  now_ = {};
  if (!wanted.exists()) return;
  now_ = {Phase::canary, id, wanted, text(event, "principal"), text(event, "time"), 0, {}, "", 0};
  if (wanted.canary == 0) begin_ramp(event);
}

void Rollouts::begin_ramp(const json& event) {
  now_.phase = Phase::ramp;
  now_.ramp_began_at = text(event, "time");
  now_.ramp_since_us = meter_since_us_ = clock_.at(now_us_);
  last_ramp_ = now_.wanted.ramp;
  leases_ = RampLeases{last_ramp_};
}

void Rollouts::leased(const json& event) {
  const json& data = event["data"];
  if (now_.phase == Phase::canary) {
    if (room() == 0)
      complain("the canary of plan " + std::to_string(now_.command) + " has " + std::to_string(now_.wanted.canary) +
               " jobs, of which " + std::to_string(now_.succeeded) + " have succeeded and " +
               std::to_string(now_.in_flight.size()) + " are leased, and one more is");
    else
      now_.in_flight[number(data, "job")] = text(data, "campaign");
  } else if (now_.phase == Phase::ramp) {
    if (const std::string wrong = leases_.lease(ramp_us()); !wrong.empty()) complain(wrong);
  }
}

void Rollouts::lease_ended(const std::string& type, const json& data) {
  if (now_.in_flight.erase(number(data, "job")) > 0 && type == "JobCompleted") ++now_.succeeded;
}

void Rollouts::passed(const json& event) {
  const json& data = event["data"];
  const bool is_due = std::exchange(is_passed_, false);
  if (now_.phase != Phase::canary) return complain("there is no canary");
  if (!is_due) complain("it has jobs to wait for");
  if (number(data, "command") != now_.command) complain("it is that of plan " + std::to_string(now_.command));
  if (number(data, "succeeded") != now_.succeeded)
    complain(std::to_string(now_.succeeded) + " of its jobs have succeeded");
  now_.in_flight.clear();
  if (now_.wanted.ramp.exists())
    begin_ramp(event);
  else
    now_ = {};
}

void Rollouts::rollout_ended(const json& event) {
  const json& data = event["data"];
  const std::string end = text(data, "end");
  const bool is_opened = std::exchange(is_opened_, false);
  if (!exists()) return complain("there is no rollout");
  if (number(data, "command") != now_.command) complain("it is that of plan " + std::to_string(now_.command));
  if (is_opened != (end == "opened")) complain("an opening ends it exactly in its own append, and not here");
  if (end == "done") {
    const std::int64_t left_us = now_.wanted.ramp.over_us() - ramp_us();
    if (now_.phase != Phase::ramp)
      complain("there is no ramp whose time could be over");
    else if (left_us > (wall_is_steady_ ? rounding_us : clocks_differ_us))
      complain("the ramp has " + std::to_string(left_us) + " us left");
    if (text(event, "principal") != "breakerd") complain("nobody ends it, and it names " + text(event, "principal"));
  } else if (end == "replaced") {
    is_replaced_ = true;
  } else if (end != "opened" && end != "stopped") {
    complain("it ends by '" + end + "'");
  }
  if (end != "stopped" && !text(data, "reason").empty()) complain("nobody has stopped it, and it has a reason");
  now_ = {};
}

/// Where nothing makes the daemon late, it notices soon that the time of a ramp is over. (Of the first event behind a
/// jump of the wall clock the time may not be known.)
void Rollouts::check_time(const std::string& type) const {
  if (longest_us_ == 0 || !wall_is_steady_ || now_.phase != Phase::ramp || type == "RolloutEnded") return;
  const std::int64_t over_since_us = meter_since_us_ + now_.wanted.ramp.over_us();
  const std::int64_t late_us = clock_.at(now_us_) - std::max(over_since_us, process_since_us_);
  if (late_us > longest_us_)
    complain("the time of the ramp of plan " + std::to_string(now_.command) + " was over " + std::to_string(late_us) +
             " us before");
}

/// Jobs that wait for a time, are parked, or are of a campaign that was not started or is paused by hand, are not
/// there.
bool Rollouts::has_jobs_to_lease(const History& history, const Times& times) const {
  return std::any_of(history.jobs().begin(), history.jobs().end(), [&](const auto& entry) {
    const auto& [id, job] = entry;
    if (!job.waits() || times.waits(id)) return false;
    const auto campaign = history.campaigns().find(job.campaign);
    return campaign == history.campaigns().end() || campaign->second.status == "RUNNING";
  });
}

void Rollouts::taken(const History& history, const Times& times) {
  if (now_.phase == Phase::canary && !is_opened_ && !is_passed_) {
    const bool have_succeeded = now_.succeeded >= now_.wanted.canary;
    if (have_succeeded || (now_.in_flight.empty() && !has_jobs_to_lease(history, times))) {
      is_passed_ = true;
      passed_by_ = seq_;
    }
  }
  if (exists() || versions_.back().state.phase != Phase::none) versions_.push_back({seq_, now_, clock_});
}

void Rollouts::end_of_log() {
  at_ = "the log ends: ";
  check_owed("", json());
}

void Rollouts::was_awaited() const {
  if (const std::string wrong = leases_.lagged(last_ramp_.over_us()); !wrong.empty()) complain_(wrong);
}

}  // namespace breakerd::simulation
