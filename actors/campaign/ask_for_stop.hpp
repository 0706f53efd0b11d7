#pragma once
// Asks the queue about heartbeats that wait: is there a stop by now?

#include <vector>

#include <breakerd/actors/base/messages.hpp>

namespace breakerd {

/// One batch to the queue with a heartbeat for each, which extends its lease, unless
/// it was asked before and its client has ended. When that is durable, a stop, an error,
/// or the end of a wait (`is_over`) is answered; the others go to `registry` as NotStopped. Any thread.
void ask_for_stop(std::vector<WaitingHeartbeatPtr> heartbeats, const QueueHandle& queue, CampaignsHandle registry);

/// When the wait is over: what was asked for, but no more than half of the lease, so that the heartbeat at the end
/// finds it alive. `heartbeat` has an answer.
[[nodiscard]] SteadyTime end_of_wait(const WaitingHeartbeat& heartbeat);

}  // namespace breakerd
