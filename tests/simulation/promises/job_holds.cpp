#include "tests/simulation/promises/job_holds.hpp"

#include <algorithm>
#include <limits>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

bool JobHolds::Hold::covers(const Class& other) const {
  return (jobs.job_type.empty() || jobs.job_type == other.job_type) &&
         (jobs.service.empty() || jobs.service == other.service) &&
         (jobs.campaign.empty() || jobs.campaign == other.campaign);
}

void JobHolds::take(const json& event) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  const std::string at = "event " + event["seq"].dump() + " " + type + ": ";
  if (type == "JobEnqueued")
    classes_[data["job"].get<std::uint64_t>()] = {text(data, "job_type"), text(data, "service"),
                                                  text(data, "campaign")};
  if (type == "JobHoldPlaced") {
    const Hold hold{{text(data, "job_type"), text(data, "service"), text(data, "campaign")}};
    if (!holds_.emplace(data["hold"].get<std::uint64_t>(), hold).second) complain_(at + "the hold is there already");
  }
  if (type == "JobHoldLifted") {
    const auto found = holds_.find(data["hold"].get<std::uint64_t>());
    if (found == holds_.end()) return complain_(at + "there is no such hold");
    found->second.ended = event["seq"].get<std::uint64_t>();
    lifted_.push_back(found->second);
    holds_.erase(found);
  }
  if (type == "JobLeased" && on(data["job"].get<std::uint64_t>()) > 0) complain_(at + "the job is under a hold");
}

std::size_t JobHolds::on(std::uint64_t job) const {
  const auto found = classes_.find(job);
  if (found == classes_.end()) return 0;
  return static_cast<std::size_t>(
      std::count_if(holds_.begin(), holds_.end(), [&](const auto& hold) { return hold.second.covers(found->second); }));
}

std::uint64_t JobHolds::free_since(std::uint64_t job) const {
  if (on(job) > 0) return std::numeric_limits<std::uint64_t>::max();
  const auto found = classes_.find(job);
  std::uint64_t since = 0;
  for (const Hold& hold : lifted_)
    if (found != classes_.end() && hold.covers(found->second)) since = std::max(since, hold.ended);
  return since;
}

void JobHolds::compare(const json& shown, const History& history, const Times& times) const {
  std::map<std::uint64_t, std::uint64_t> waiting;
  for (const auto& [id, hold] : holds_) waiting[id] = 0;
  for (const auto& [id, job] : history.jobs()) {
    const auto campaign = history.campaigns().find(job.campaign);
    const bool is_served = campaign == history.campaigns().end() || campaign->second.status == "RUNNING";
    if (!job.waits() || times.waits(id) || !is_served) continue;
    for (const auto& [number, hold] : holds_)
      if (const auto found = classes_.find(id); found != classes_.end() && hold.covers(found->second))
        ++waiting[number];
  }
  json expected = json::array();
  for (const auto& [id, hold] : holds_)
    expected.push_back({{"id", id},
                        {"service", hold.jobs.service.empty() ? json() : json(hold.jobs.service)},
                        {"job_type", hold.jobs.job_type.empty() ? json() : json(hold.jobs.job_type)},
                        {"campaign_id", hold.jobs.campaign.empty() ? json() : json(hold.jobs.campaign)},
                        {"waiting", waiting[id]}});
  json found = json::array();
  for (const json& hold : shown)
    found.push_back({{"id", hold.value("id", json())},
                     {"service", hold.value("service", json())},
                     {"job_type", hold.value("job_type", json())},
                     {"campaign_id", hold.value("campaign_id", json())},
                     {"waiting", hold.value("waiting", json())}});
  if (found != expected)
    complain_("the holds on jobs are shown as " + found.dump() + ", and the events make them " + expected.dump());
}

}  // namespace breakerd::simulation
