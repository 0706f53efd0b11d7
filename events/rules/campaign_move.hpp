#pragma once
// Where a campaign's events take its lane. Pure.

#include <breakerd/events/model/campaign_events.hpp>
#include <breakerd/events/model/status.hpp>

namespace breakerd {

inline constexpr CampaignStatus no_status = static_cast<CampaignStatus>(255);

/// Where a campaign event takes its lane, and from where; an end, from wherever it is.
struct Move {
  CampaignStatus to = no_status;
  CampaignStatus from = no_status;
};
template <class E>
constexpr Move move_of{};
template <>
constexpr Move move_of<CampaignStarted>{CampaignStatus::running, CampaignStatus::created};
template <>
constexpr Move move_of<CampaignPaused>{CampaignStatus::paused, CampaignStatus::running};
template <>
constexpr Move move_of<CampaignResumed>{CampaignStatus::running, CampaignStatus::paused};
template <>
constexpr Move move_of<CampaignCompleted>{CampaignStatus::completed, no_status};
template <>
constexpr Move move_of<CampaignFailed>{CampaignStatus::failed, no_status};
template <>
constexpr Move move_of<CampaignCancelled>{CampaignStatus::cancelled, no_status};

}  // namespace breakerd
