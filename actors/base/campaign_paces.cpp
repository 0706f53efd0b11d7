#include <breakerd/actors/base/campaign_paces.hpp>

#include <utility>

#include <breakerd/events/rules/pace.hpp>

namespace breakerd {

CampaignPaces::CampaignPaces(std::function<SteadyTime()> now) : now_{std::move(now)} {}

std::optional<Pace> CampaignPaces::of(const CampaignView& campaign) const {
  const SteadyTime now = now_();
  const std::lock_guard lock{mutex_};
  const auto at = entries_.find(campaign.id);
  if (at == entries_.end()) return std::nullopt;
  return pace_of(campaign, at->second.progress.jobs_per_minute(now));
}

CampaignPaces::Place::Place(CampaignPaces& table, const CampaignId& campaign, const Progress& progress)
    : table_{table}, campaign_{campaign} {
  const std::lock_guard lock{table_.mutex_};
  table_.entries_.insert_or_assign(campaign_, Entry{this, progress});
}

CampaignPaces::Place::~Place() {
  const std::lock_guard lock{table_.mutex_};
  const auto at = table_.entries_.find(campaign_);
  if (at != table_.entries_.end() && at->second.owner == this) table_.entries_.erase(at);
}

void CampaignPaces::Place::publish(const Progress& progress) {
  const std::lock_guard lock{table_.mutex_};
  const auto at = table_.entries_.find(campaign_);
  if (at != table_.entries_.end() && at->second.owner == this) at->second.progress = progress;
}

}  // namespace breakerd
