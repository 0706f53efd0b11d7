#pragma once
// State = fold of the log. One function applies an event to whatever holds the rows: the projection in storage/, the
// speculative state of the queue actor, or the memory of a replay.

#include "events/error.hpp"
#include "events/event.hpp"
#include "events/rows.hpp"

namespace breakerd {

/// Where the rows are. What is handed out stays valid during the fold of one event, and changes made through it are
/// kept.
class RowAccess {
 public:
  virtual ~RowAccess() = default;

  virtual BreakerState& breaker() = 0;
  virtual QueueState& queue() = 0;

  /// null when there is no such row.
  [[nodiscard]] virtual Result<JobRow*> job(JobId id) = 0;
  [[nodiscard]] virtual Result<LaneRow*> lane(const LaneId& id) = 0;
  [[nodiscard]] virtual Result<CampaignRow*> campaign(const CampaignId& id) = 0;

  virtual void add_job(const JobRow& row) = 0;
  virtual void add_campaign(const CampaignId& id, const CampaignRow& row) = 0;
};

/// Applies `event`, which has place `seq`. `corrupt` when it cannot follow what went before: a row it needs is missing,
/// a JobLeased where nothing may be leased, an end of what has ended. On an error some rows may have changed: the
/// caller throws them away.
[[nodiscard]] Result<void> fold(RowAccess& rows, Seq seq, const Event& event);

}  // namespace breakerd
