#pragma once
// Why a job reads PAUSED, as a sentence for a person. Pure. Clients of the service that breakerd replaces search it
// for the words "circuit breaker".

#include <string>
#include <string_view>

#include <breakerd/events/model/queue_state.hpp>

namespace breakerd {

/// Why nothing is leased although the circuit is not open in the log.
inline constexpr std::string_view gate_shut_reason =
    "the gate is shut: an opening is on its way, or storage is in trouble";

/// For a job of `lane` that shown_status() calls PAUSED. The oldest hold on the lane comes first, as in its campaign's
/// status_message; then the open circuit; then an operator's pause of the campaign. `campaign` is the lane's cold half;
/// null when it is not at hand, and then the operator's words are left out.
[[nodiscard]] std::string pause_reason(const LaneRow& lane, const QueueState& queue, const BreakerState& breaker,
                                       const CampaignRow* campaign);

}  // namespace breakerd
