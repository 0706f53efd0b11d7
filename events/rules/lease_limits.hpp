#pragma once
// The rules of limits on leases: how they are set and removed. How they are kept: limit_meter.hpp. Pure.

#include <optional>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/lease_limit.hpp>
#include <breakerd/events/model/queue_events.hpp>

namespace breakerd {

/// The campaign that the limit is on; nil when the name is no campaign's id.
[[nodiscard]] CampaignId campaign_of(const LimitName& name);

/// null when there is none of this name.
[[nodiscard]] const LeaseLimit* find_limit(const LeaseLimits& limits, const LimitName& name);

/// `not_found`, for a limit that is not there.
[[nodiscard]] Error no_limit(const LimitName& name);

/// What a rate has when no burst is given: the leases of one second, and at least 1.
[[nodiscard]] std::uint32_t burst_of(std::uint64_t rate_thousandths);

/// No event when the same limit is there already. `limit` at limits::lease_limits_max.
[[nodiscard]] Result<std::optional<LeaseLimitSet>> decide(const LeaseLimits& limits, const SetLeaseLimit& command);

/// `not_found` when there is none.
[[nodiscard]] Result<LeaseLimitRemoved> decide(const LeaseLimits& limits, const RemoveLeaseLimit& command);

/// Whether the event can follow.
[[nodiscard]] bool fits(const LeaseLimits& limits, const LeaseLimitSet& event);
[[nodiscard]] bool fits(const LeaseLimits& limits, const LeaseLimitRemoved& event);

void evolve(LeaseLimits& limits, const LeaseLimitSet& event, const std::string& principal, Time time);
void evolve(LeaseLimits& limits, const LeaseLimitRemoved& event);

}  // namespace breakerd
