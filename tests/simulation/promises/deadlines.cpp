#include "tests/simulation/promises/deadlines.hpp"

#include <algorithm>

#include "tests/simulation/promises/new_jobs.hpp"
#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Here the actors' clock stands still while a start waits for the disk, and the wall clock does not.
constexpr std::int64_t disk_longest_us = 1'000'000;
/// Times in which one campaign was held, each of which counts by itself (docs/limits.md).
constexpr std::size_t spans_remembered = 8;
/// How long a job may still be shown that should have expired.
constexpr std::int64_t late_longest_us = 5'000'000;

std::optional<std::int64_t> time_in(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? read_time(found->get<std::string>()) : std::nullopt;
}

/// Its time stands still.
bool is_held(std::uint64_t id, const History& history, const JobHolds& holds) {
  const auto found = history.jobs().find(id);
  return found != history.jobs().end() && (history.shown_status(found->second) == "PAUSED" || holds.on(id) > 0);
}

}  // namespace

void Deadlines::ended(const Ended& ended) {
  for (const auto& [id, asked] : new_jobs(ended))
    if (asked.is_object() && asked.contains("expires_in_ms"))
      asked_ms_[id] = asked["expires_in_ms"].get<std::int64_t>();
}

void Deadlines::take(const json& event, const History& history, const JobHolds& holds) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  at_ = "event " + event["seq"].dump() + " " + type + ": ";
  pass(time_in(event, "time").value_or(now_us_), history, holds);
  count_spans(type, data);
  if (type == "CampaignFailed" || type == "CampaignCancelled") {
    const auto campaign = history.campaigns().find(data.value("campaign", ""));
    if (campaign != history.campaigns().end())
      for (const std::uint64_t id : campaign->second.jobs) waiting_.erase(id);
    return;
  }
  const auto number = data.value("job", json());
  if (type.rfind("Job", 0) != 0 || !number.is_number_unsigned()) return;
  const auto id = number.get<std::uint64_t>();
  if (type == "JobEnqueued") return enqueued(id, data);
  if (type == "JobRetried") return retried(id, data, history);
  if (type == "JobLeased" || type == "JobExpired") check_end(type, id, history, holds);
  if (type != "JobLeaseExpired" && type != "JobParked" && type != "JobUnparked") waiting_.erase(id);
}

void Deadlines::count_spans(const std::string& type, const json& data) {
  if (type == "HoldPlaced") ++holds_;
  if (type == "CampaignPaused") ++pauses_[data.value("campaign", "")];
}

/// Older times in which its campaign was held count as one, with the time between them.
bool Deadlines::may_have_more(std::uint64_t id, const History& history) const {
  const auto job = history.jobs().find(id);
  if (job == history.jobs().end() || job->second.campaign.empty()) return false;
  const auto pauses = pauses_.find(job->second.campaign);
  return holds_ + (pauses == pauses_.end() ? 0 : pauses->second) > spans_remembered;
}

/// Time goes on for whoever is not held.
void Deadlines::pass(std::int64_t now_us, const History& history, const JobHolds& holds) {
  const std::int64_t passed_us = std::max<std::int64_t>(now_us - now_us_, 0);
  now_us_ = now_us;
  for (auto& [id, job] : waiting_)
    if (!is_held(id, history, holds)) job.left_us -= passed_us;
}

void Deadlines::enqueued(std::uint64_t id, const json& data) {
  const auto expires_us = time_in(data, "expires_at");
  if (const auto asked = asked_ms_.find(id); asked != asked_ms_.end()) {
    if (!expires_us || *expires_us - now_us_ != 1'000 * asked->second)
      complain_(at_ + "it does not expire " + std::to_string(asked->second) +
                " ms behind its enqueueing, as was asked for");
    asked_ms_.erase(asked);
  }
  if (!expires_us) return;
  given_us_[id] = *expires_us - now_us_;
  waiting_[id] = {*expires_us - now_us_};
}

void Deadlines::check_end(const std::string& type, std::uint64_t id, const History& history, const JobHolds& holds) {
  const auto found = waiting_.find(id);
  const std::string name = "job " + std::to_string(id);
  if (type == "JobExpired") {
    if (found == waiting_.end()) return complain_(at_ + name + " has no deadline, or was started before");
    if (is_held(id, history, holds)) complain_(at_ + name + " is held");
    if (wall_is_steady_ && found->second.left_us > disk_longest_us)
      complain_(at_ + name + " had " + std::to_string(found->second.left_us) + " us left to be started");
  } else if (found != waiting_.end() && wall_is_steady_ && found->second.left_us < -disk_longest_us &&
             !may_have_more(id, history)) {
    complain_(at_ + name + " was leased " + std::to_string(-found->second.left_us) + " us behind its deadline");
  }
}

/// One that had EXPIRED has as long as at first, and one that had FAILED was started.
void Deadlines::retried(std::uint64_t id, const json& data, const History& history) {
  const auto job = history.jobs().find(id);
  const bool had_expired = job != history.jobs().end() && job->second.now().status == "EXPIRED";
  if (time_in(data, "deadline").has_value() != had_expired)
    complain_(at_ + "it has a new deadline exactly when its job had EXPIRED");
  if (had_expired) waiting_[id] = {given_us_[id]};
}

bool Deadlines::may_be_over(std::uint64_t job) const {
  const auto found = waiting_.find(job);
  return found != waiting_.end() && (!wall_is_steady_ || found->second.left_us <= disk_longest_us);
}

void Deadlines::compare(const json& row, const History& history, const JobHolds& holds, std::int64_t wall_us) const {
  const auto id = row.value("id", std::uint64_t{0});
  const std::string name = "job " + std::to_string(id) + ": ";
  const auto found = waiting_.find(id);
  const auto shown_us = time_in(row, "expires_at");
  if (shown_us.has_value() != (found != waiting_.end()))
    return complain_(name + "it shows an expires_at exactly when it waits to be started in time, and not here");
  if (!shown_us || wall_us == 0 || !wall_is_steady_ || is_held(id, history, holds)) return;
  const std::int64_t left_us = found->second.left_us - (wall_us - now_us_);
  const bool is_exact = !may_have_more(id, history);
  if (is_exact && left_us < -late_longest_us)
    complain_(name + "it should have expired " + std::to_string(-left_us) + " us ago, and waits");
  const std::int64_t too_much_us = *shown_us - wall_us - left_us;
  if (too_much_us < -disk_longest_us || (is_exact && too_much_us > disk_longest_us))
    complain_(name + "its expires_at is " + std::to_string(*shown_us - wall_us) + " us away, and it has " +
              std::to_string(left_us) + " us left");
}

}  // namespace breakerd::simulation
