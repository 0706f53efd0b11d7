#include "tests/simulation/promises/event_counts.hpp"

#include <algorithm>
#include <cstdint>

namespace breakerd::simulation {

namespace {

using nlohmann::json;
using Complain = std::function<void(std::string)>;

bool lives(const History::Job& job) { return job.now().status == "PENDING" || job.now().status == "PROCESSING"; }
/// It lives, and no plan has put it aside.
bool is_in_use(const History::Job& job) { return lives(job) && job.now().parked == 0; }

std::uint64_t jobs_in_use(const History& history, const History::Campaign& campaign) {
  return static_cast<std::uint64_t>(std::count_if(campaign.jobs.begin(), campaign.jobs.end(),
                                                  [&](std::uint64_t id) { return is_in_use(history.jobs().at(id)); }));
}

std::uint64_t living_jobs(const History& history, const History::Campaign& campaign) {
  return static_cast<std::uint64_t>(std::count_if(campaign.jobs.begin(), campaign.jobs.end(),
                                                  [&](std::uint64_t id) { return lives(history.jobs().at(id)); }));
}

std::uint64_t jobs_as(const History& history, const History::Campaign& campaign, const std::string& status) {
  return static_cast<std::uint64_t>(std::count_if(campaign.jobs.begin(), campaign.jobs.end(), [&](std::uint64_t id) {
    return history.jobs().at(id).now().status == status;
  }));
}

/// Those that only the queue's pause holds.
std::uint64_t free_jobs(const History& history) {
  std::uint64_t count = 0;
  for (const auto& [id, job] : history.jobs()) {
    const auto campaign = history.campaigns().find(job.campaign);
    const bool held = campaign != history.campaigns().end() && history.shown_status(campaign->second) == "PAUSED";
    if (is_in_use(job) && !held) ++count;
  }
  return count;
}

std::uint64_t free_campaigns(const History& history) {
  return static_cast<std::uint64_t>(
      std::count_if(history.campaigns().begin(), history.campaigns().end(),
                    [&](const auto& campaign) { return history.shown_status(campaign.second) == "RUNNING"; }));
}

class Comparison {
 public:
  Comparison(const json& event, const Complain& complain) : event_{event}, complain_{complain} {}

  std::uint64_t shown(const char* member) const { return event_["data"].value(member, std::uint64_t{0}); }
  void expect(const char* member, std::uint64_t count) const {
    if (shown(member) == count) return;
    complain_("event " + event_["seq"].dump() + " " + event_.value("type", "") + ": " + member + " is " +
              event_["data"].value(member, json()).dump() + ", and the events before it make it " +
              std::to_string(count));
  }

 private:
  const json& event_;
  const Complain& complain_;
};

/// What is resumed is what no other hold covers. Skipped is what stays PAUSED: of the campaigns that the holds covered,
/// or, when all holds are lifted at once, all that an operator has paused.
void compare_lift(const Comparison& comparison, const json& ordinals, const History& before) {
  const auto is_lifted = [&](const History::Hold& hold) {
    return std::find(ordinals.begin(), ordinals.end(), json(hold.ordinal)) != ordinals.end();
  };
  const bool all = std::all_of(before.holds().begin(), before.holds().end(), is_lifted);
  std::uint64_t resumed = 0;
  std::uint64_t jobs = 0;
  std::uint64_t covered = 0;
  std::uint64_t by_hand = 0;
  for (const auto& [id, campaign] : before.campaigns()) {
    if (campaign.status == "PAUSED") ++by_hand;
    if (campaign.status != "PAUSED" && campaign.status != "RUNNING") continue;
    bool was = false;
    bool stays = false;
    for (const History::Hold& hold : before.holds())
      if (campaign.ordinal < hold.ordinal) (is_lifted(hold) ? was : stays) = true;
    if (!was) continue;
    ++covered;
    if (stays || campaign.status == "PAUSED") continue;
    ++resumed;
    jobs += jobs_in_use(before, campaign);
  }
  comparison.expect("campaigns_resumed", resumed);
  comparison.expect("jobs_resumed", jobs);
  if (!all || comparison.shown("campaigns_skipped") != by_hand)
    comparison.expect("campaigns_skipped", covered - resumed);
}

}  // namespace

void check_event_counts(const json& event, const History& before, const Complain& complain) {
  const std::string type = event.value("type", "");
  const json& data = event["data"];
  const Comparison comparison{event, complain};
  if (type == "QueuePaused") return comparison.expect("jobs_held", free_jobs(before));
  if (type == "QueueResumed") return comparison.expect("jobs_resumed", free_jobs(before));
  if (type == "HoldPlaced") return comparison.expect("campaigns_held", free_campaigns(before));
  if (type == "HoldsLifted") return compare_lift(comparison, data.value("ordinals", json::array()), before);
  if (type != "CampaignCompleted" && type != "CampaignFailed" && type != "CampaignCancelled") return;
  const auto campaign = before.campaigns().find(data.value("campaign", ""));
  if (campaign == before.campaigns().end()) return;
  if (type != "CampaignCompleted") return comparison.expect("jobs_ended", living_jobs(before, campaign->second));
  comparison.expect("completed", jobs_as(before, campaign->second, "COMPLETED"));
  comparison.expect("failed", jobs_as(before, campaign->second, "FAILED"));
  comparison.expect("cancelled", jobs_as(before, campaign->second, "CANCELLED"));
  comparison.expect("expired", jobs_as(before, campaign->second, "EXPIRED"));
}

}  // namespace breakerd::simulation
