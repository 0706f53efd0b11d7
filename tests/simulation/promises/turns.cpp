#include "tests/simulation/promises/turns.hpp"

#include <algorithm>

namespace breakerd::simulation {

namespace {

using nlohmann::json;

/// Of one campaign, in one turn of one lease (docs/http-api.md, Weight).
constexpr std::size_t share = 16;

std::string campaign_in(const json& data) {
  const auto found = data.find("campaign");
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

void Turns::leased(const json& event, const std::optional<Grant>& grant, std::uint64_t known, const History& history,
                   const KeptBack& back) {
  const json& data = event["data"];
  const std::string campaign = campaign_in(data);
  const bool goes_on = grant && grant->call == call_ && campaign == campaign_;
  in_a_row_ = goes_on ? in_a_row_ + 1 : 1;
  call_ = grant ? grant->call : 0;
  campaign_ = campaign;
  if (!grant) return;
  at_ = "event " + event["seq"].dump() + ": ";
  check_order(data.value("job", std::uint64_t{0}), *grant, lanes_[campaign], known, back);
  const auto row = history.campaigns().find(campaign);
  most_ = std::max(goes_on ? most_ : 0, share * (row == history.campaigns().end() ? 1 : row->second.weight));
  if (in_a_row_ > most_) check_share(campaign, *grant, known, history, back);
}

/// Of the types that were asked for.
void Turns::check_order(std::uint64_t job, const Grant& grant, const Lane& lane, std::uint64_t known,
                        const KeptBack& back) {
  const std::int64_t priority = known_[job].priority;
  for (const auto& [other, waiting] : lane) {
    if (waiting.since > known || !back.is_free(other, known) || !grant.takes(waiting.job.job_type)) continue;
    if (waiting.job.priority < priority || (waiting.job.priority == priority && other >= job)) continue;
    complain_(at_ + "job " + std::to_string(job) + " was leased, and job " + std::to_string(other) +
              " waited before it");
    return;
  }
}

void Turns::check_share(const std::string& campaign, const Grant& grant, std::uint64_t known, const History& history,
                        const KeptBack& back) {
  for (const auto& [other, lane] : lanes_) {
    if (other == campaign) continue;
    const auto row = history.campaigns().find(other);
    if (row != history.campaigns().end() &&
        (history.shown_status(row->second) != "RUNNING" || runs_since_[other] > known))
      continue;
    const bool waits = std::any_of(lane.begin(), lane.end(), [&](const auto& job) {
      return job.second.since <= known && back.is_free(job.first, known) && grant.takes(job.second.job.job_type);
    });
    if (!waits) continue;
    complain_(at_ + "more than " + std::to_string(most_) + " jobs of " +
              (campaign.empty() ? "no campaign" : "campaign " + campaign) + " were leased in a row, and those of " +
              (other.empty() ? "no campaign" : "campaign " + other) + " waited");
    in_a_row_ = 0;
    return;
  }
}

void Turns::take(const json& event, const History& history, const Times& times) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  const auto seq = event.value("seq", std::uint64_t{0});
  if (type == "HoldsLifted" || type == "QueueResumed") {
    for (const auto& [id, campaign] : history.campaigns()) runs_since_[id] = seq;
    return;
  }
  const std::string campaign = campaign_in(data);
  if (type == "CampaignStarted" || type == "CampaignResumed") runs_since_[campaign] = seq;
  if (type == "CampaignFailed" || type == "CampaignCancelled") lanes_.erase(campaign);
  if (type == "JobsDue")
    for (const json& job : data["jobs"]) sort(job.get<std::uint64_t>(), seq, history, times);
  const auto id = data.find("job");
  if (type.rfind("Job", 0) != 0 || id == data.end()) return;
  const auto job = id->get<std::uint64_t>();
  if (type == "JobEnqueued") known_[job] = {data.value("job_type", ""), data.value("priority", std::int64_t{0})};
  sort(job, seq, history, times);
}

void Turns::sort(std::uint64_t job, std::uint64_t seq, const History& history, const Times& times) {
  const auto found = history.jobs().find(job);
  if (found == history.jobs().end()) return;
  Lane& lane = lanes_[found->second.campaign];
  if (found->second.waits() && !times.waits(job))
    lane[job] = {known_[job], seq};
  else
    lane.erase(job);
}

}  // namespace breakerd::simulation
