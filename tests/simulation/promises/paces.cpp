#include "tests/simulation/promises/paces.hpp"

#include <algorithm>
#include <utility>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

constexpr std::int64_t default_lease_ms = 30'000;
/// An ended job counts within this.
constexpr std::int64_t told_ms = 1'000;
/// A campaign of which a job has ended is awake for so long at least.
constexpr std::int64_t awake_ms = 5'000;

bool changes_campaign(Kind kind) {
  return kind == Kind::create_campaign || kind == Kind::update_campaign || kind == Kind::start || kind == Kind::pause ||
         kind == Kind::resume || kind == Kind::seal || kind == Kind::fail_campaign || kind == Kind::cancel_campaign;
}

std::set<std::uint64_t> jobs_that_may_end(const Request& request) {
  std::set<std::uint64_t> jobs;
  const Kind kind = request.kind();
  if (kind == Kind::complete_many && request.body.is_array()) {
    for (const json& item : request.body)
      if (item.is_object() && item.contains("id") && item["id"].is_number_unsigned())
        jobs.insert(item["id"].get<std::uint64_t>());
  } else if (request.job &&
             (kind == Kind::complete || kind == Kind::fail || kind == Kind::release || kind == Kind::cancel)) {
    jobs.insert(*request.job);
  }
  return jobs;
}

std::uint64_t count_at(const json& counts, const char* status) {
  const json count = counts.value(status, json());
  return count.is_number_unsigned() ? count.get<std::uint64_t>() : 0;
}

std::string named(const std::string& id) { return "the pace of campaign " + id; }

}  // namespace

bool Paces::must_be_awake(const Held& lease, std::int64_t now_ms) const {
  return longest_ms_ > 0 && lease.granted_ms + longest_ms_ <= now_ms;
}

void Paces::begun(const Request& request, std::uint64_t call, std::int64_t now_ms) {
  const Kind kind = request.kind();
  Ending ending{jobs_that_may_end(request), {}};
  if (kind == Kind::fail_campaign || kind == Kind::cancel_campaign) ending.campaign = request.campaign;
  if (ending.jobs.empty() && ending.campaign.empty()) return;
  if (!ending.campaign.empty()) may_have_ended_.insert(ending.campaign);
  for (const std::uint64_t job : ending.jobs) {
    const auto lease = held_.find(job);
    if (lease == held_.end()) continue;
    if (kind == Kind::complete && !request.may_be_early && must_be_awake(lease->second, now_ms))
      completing_[call] = lease->second.campaign;
    held_.erase(lease);
  }
  std::erase_if(held_, [&](const auto& lease) { return lease.second.campaign == ending.campaign; });
  endings_[call] = std::move(ending);
}

void Paces::ended(const Ended& ended) {
  if (ended.outcome != Outcome::unknown) endings_.erase(ended.call);
  const auto completing = completing_.find(ended.call);
  if (completing != completing_.end()) {
    if (ended.ok()) completed_ms_[completing->second].push_back(ended.ended_ms);
    completing_.erase(completing);
  }
  if (!ended.ok() || !ended.data.is_object()) return;
  const Kind kind = ended.request.kind();
  if (kind == Kind::lease) return granted(ended);
  if (kind == Kind::campaign || changes_campaign(kind)) return row(ended.data, ended);
  if (kind == Kind::campaign_details) return row(ended.data.value("campaign", json::object()), ended);
  if (kind == Kind::campaigns)
    for (const json& campaign : ended.data.value("campaigns", json::array())) row(campaign, ended);
}

void Paces::trouble(Step now) {
  trouble_ = now;
  held_.clear();
  completing_.clear();
  completed_ms_.clear();
}

void Paces::granted(const Ended& ended) {
  if (ended.begun <= trouble_) return;
  const std::int64_t lease_ms = static_cast<std::int64_t>(ended.request.number("lease_ms").value_or(default_lease_ms));
  for (const json& job : ended.data.value("jobs", json::array())) {
    const json campaign = job.value("campaign_id", json());
    if (!campaign.is_string()) continue;
    Held lease{campaign.get<std::string>(), ended.ended_ms, ended.begun_ms + lease_ms};
    const auto id = job.value("id", std::uint64_t{0});
    const bool may_have_ended = std::any_of(endings_.begin(), endings_.end(),
                                            [&](const auto& ending) { return ending.second.jobs.contains(id); });
    // An answer may come behind that of a call that was decided after it.
    if (!may_have_ended && !may_have_ended_.contains(lease.campaign)) held_[id] = std::move(lease);
  }
}

void Paces::row(const json& row, const Ended& ended) {
  const std::string id = row.value("id", "");
  if (!row.contains("pace")) return complain_(named(id) + " is missing");
  const json& pace = row["pace"];
  if (pace.is_null()) {
    if (changes_campaign(ended.request.kind())) complain_(named(id) + " is null in the answer to a change of it");
    return check_awake(id, ended);
  }
  check_figures(id, row, pace);
  check_counted(id, pace, ended);
}

void Paces::check_figures(const std::string& id, const json& row, const json& pace) {
  const json rate = pace.is_object() ? pace.value("jobs_per_minute", json()) : json();
  const json eta = pace.is_object() ? pace.value("eta_seconds", json("missing")) : json("missing");
  if (!rate.is_number_unsigned() || !(eta.is_null() || eta.is_number_unsigned()))
    return complain_(named(id) + " is not as documented: " + pace.dump());
  const auto per_minute = rate.get<std::uint64_t>();
  const std::string status = row.value("status", "");
  if (per_minute == 0 || status != "RUNNING") {
    if (!eta.is_null()) complain_(named(id) + ", which reads " + status + ", tells its end: " + pace.dump());
    return;
  }
  const json counts = row.value("job_counts", json::object());
  const std::uint64_t left = count_at(counts, "PENDING") + count_at(counts, "PROCESSING") + count_at(counts, "PAUSED");
  if (eta != json((left * 60 + per_minute - 1) / per_minute))
    complain_(named(id) + " does not fit its " + std::to_string(left) + " jobs that are left: " + pace.dump());
}

/// While a job of it is held by a worker.
void Paces::check_awake(const std::string& id, const Ended& ended) {
  for (const auto& [job, lease] : held_)
    if (lease.campaign == id && must_be_awake(lease, ended.begun_ms) && ended.ended_ms < lease.runs_until_ms)
      return complain_(named(id) + " is null, and job " + std::to_string(job) + " was leased " +
                       std::to_string(ended.begun_ms - lease.granted_ms) + " ms ago");
}

/// A minute's jobs are counted for longer than this looks at.
void Paces::check_counted(const std::string& id, const json& pace, const Ended& ended) {
  const auto completed = completed_ms_.find(id);
  if (completed == completed_ms_.end()) return;
  auto& times = completed->second;
  while (!times.empty() && times.front() + awake_ms < ended.ended_ms) times.pop_front();
  if (times.empty() || times.front() + told_ms + longest_ms_ > ended.begun_ms) return;
  if (pace.value("jobs_per_minute", 1U) == 0)
    complain_(named(id) + " says that no job ends, and one was completed " +
              std::to_string(ended.begun_ms - times.front()) + " ms ago");
}

}  // namespace breakerd::simulation
