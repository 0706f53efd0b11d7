#pragma once
// The rules of one campaign. Pure.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// A campaign with what lies over it.
struct CampaignContext {
  CampaignId id;
  const CampaignRow& row;
  const LaneRow& lane;
  const QueueState& queue;
};

/// The event of an action; none when it is already so. circuit_open, held or wrong_state when it is refused.
[[nodiscard]] Result<std::optional<EventData>> decide(const CampaignContext& campaign, const CampaignAction& action);

/// CampaignCompleted when the lane, as it stands after some event, is sealed and has nothing left to end.
[[nodiscard]] std::optional<CampaignCompleted> decide_completion(const CampaignId& id, const LaneRow& lane);

/// The row a CampaignCreated makes.
[[nodiscard]] CampaignRow new_campaign(const CampaignCreated& event, const std::string& principal, Seq seq, Time time);

/// The lane of that campaign.
[[nodiscard]] LaneRow new_lane(const CampaignCreated& event);

/// The cold half of an event of the campaign's stream; the lane's half is in queue.hpp (move_campaign).
void evolve(CampaignRow& row, const EventData& event, const std::string& principal, Time time);

/// What a person reads next to the status; empty when there is nothing to say.
[[nodiscard]] std::string status_message(const CampaignRow& row, const LaneRow& lane, const QueueState& queue);

/// The statuses that a campaign which reads `shown` can go to by its own rules; whether the circuit and the holds allow
/// it now is decide()'s to say. None when it has ended.
[[nodiscard]] std::span<const CampaignStatus> valid_transitions(CampaignStatus shown);

/// The lane's jobs by shown status.
[[nodiscard]] JobCounts shown_counts(const LaneRow& lane, const QueueState& queue);

/// Everything shown of a campaign.
[[nodiscard]] CampaignView view_of(const CampaignId& id, const CampaignRow& row, const LaneRow& lane,
                                   const QueueState& queue);

}  // namespace breakerd
