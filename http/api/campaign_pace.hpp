#pragma once
// A campaign's pace: the one thing about a campaign that committed state does not have.

#include <breakerd/actors/base/campaign_paces.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd::http {

/// Fills in `campaign.pace` when the campaign is awake. `paces` may be null. Any thread.
inline void fill_pace(CampaignView& campaign, const CampaignPaces* paces) {
  if (paces != nullptr) campaign.pace = paces->of(campaign);
}

}  // namespace breakerd::http
