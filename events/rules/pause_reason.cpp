#include <breakerd/events/rules/pause_reason.hpp>

namespace breakerd {

std::string pause_reason(const LaneRow& lane, const QueueState& queue, const BreakerState& breaker,
                         const CampaignRow* campaign) {
  const Hold* hold = covering_hold(lane, queue);
  const bool is_circuits = hold == nullptr || hold->kind == HoldKind::circuit;
  if (queue.paused && is_circuits) return "Paused due to circuit breaker open: " + breaker.opened_reason;
  if (hold != nullptr) return "Paused: " + hold->cause;
  if (campaign == nullptr) return "Paused with its campaign";
  return "Paused " + campaign->message;
}

}  // namespace breakerd
