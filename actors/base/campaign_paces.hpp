#pragma once
// The progress of campaigns that are awake, for those who look. It is no part of committed state: it goes with the
// campaign's actor when that rests.

#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <breakerd/actors/base/progress.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// Any thread. Readers and the actors of campaigns hold the lock for a few instructions; the path of a lease never asks
/// for it.
class CampaignPaces {
 public:
  /// `now` gives the time of the actor system's clock, on the thread of whoever looks.
  explicit CampaignPaces(std::function<SteadyTime()> now);

  /// The pace of a campaign that is shown as `campaign`; nullopt when its actor is asleep. It may count jobs that ended
  /// after the rows in `campaign` were read.
  [[nodiscard]] std::optional<Pace> of(const CampaignView& campaign) const;

  class Place;

 private:
  struct Entry {
    const Place* owner;
    Progress progress;
  };

  std::function<SteadyTime()> now_;
  mutable std::mutex mutex_;
  std::unordered_map<CampaignId, Entry> entries_;  ///< one for each campaign that is awake
};

/// The entry of one actor in the table, for as long as the actor lives. A campaign may be woken before its earlier
/// actor has ended. Then the entry is that of the later actor, and the earlier one changes nothing in the table any
/// more. The table outlives it. One thread.
class CampaignPaces::Place {
 public:
  Place(CampaignPaces& table, const CampaignId& campaign, const Progress& progress);
  ~Place();
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  void publish(const Progress& progress);

 private:
  CampaignPaces& table_;
  CampaignId campaign_;
};

}  // namespace breakerd
