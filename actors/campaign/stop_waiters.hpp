#pragma once
// The heartbeats that wait for a stop in one campaign: one for each lease, and a bounded number of them. No actor, no
// clock.

#include <map>
#include <set>
#include <vector>

#include <breakerd/actors/base/messages.hpp>

namespace breakerd {

/// In one campaign. Over it a heartbeat is answered without a wait.
inline constexpr std::size_t waiting_heartbeats_max = 10'000;

class StopWaiters {
 public:
  /// Keeps one whose answer has no stop and whose `until` is set. The later of two of the same lease stays, and the
  /// earlier one is answered as the later was. When there is no room, it is answered.
  void add(WaitingHeartbeatPtr heartbeat);

  // What is taken is not kept any more. In the order of jobs.

  [[nodiscard]] std::vector<WaitingHeartbeatPtr> take_all();
  [[nodiscard]] std::vector<WaitingHeartbeatPtr> take(JobId job);
  /// Those whose wait ends by `now`.
  [[nodiscard]] std::vector<WaitingHeartbeatPtr> take_due(SteadyTime now);

  /// When the next wait ends; nothing: nobody waits.
  [[nodiscard]] std::optional<SteadyTime> next_due() const;
  [[nodiscard]] bool empty() const { return waiting_.empty(); }

 private:
  using Lease = std::pair<JobId, std::string>;  ///< with its token

  std::map<Lease, WaitingHeartbeatPtr> waiting_;
  std::set<std::pair<SteadyTime, Lease>> due_;
};

}  // namespace breakerd
