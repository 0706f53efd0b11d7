#include <breakerd/actors/campaign/stop_waiters.hpp>

#include <utility>

namespace breakerd {

void StopWaiters::add(WaitingHeartbeatPtr heartbeat) {
  const Lease lease{heartbeat->command().job, heartbeat->command().token};
  const auto at = waiting_.find(lease);
  if (at == waiting_.end()) {
    if (waiting_.size() >= waiting_heartbeats_max) return heartbeat->deliver();
    due_.emplace(*heartbeat->until, lease);
    waiting_.emplace(lease, std::move(heartbeat));
    return;
  }
  WaitingHeartbeatPtr& other = at->second;
  if (heartbeat->arrival < other->arrival) return heartbeat->deliver();
  other->answer = heartbeat->answer;
  other->deliver();
  due_.erase({*other->until, lease});
  due_.emplace(*heartbeat->until, lease);
  other = std::move(heartbeat);
}

std::vector<WaitingHeartbeatPtr> StopWaiters::take_all() {
  std::vector<WaitingHeartbeatPtr> all;
  all.reserve(waiting_.size());
  for (auto& [lease, heartbeat] : waiting_) all.push_back(std::move(heartbeat));
  waiting_.clear();
  due_.clear();
  return all;
}

std::vector<WaitingHeartbeatPtr> StopWaiters::take(JobId job) {
  std::vector<WaitingHeartbeatPtr> taken;
  auto at = waiting_.lower_bound({job, {}});
  while (at != waiting_.end() && at->first.first == job) {
    due_.erase({*at->second->until, at->first});
    taken.push_back(std::move(at->second));
    at = waiting_.erase(at);
  }
  return taken;
}

std::vector<WaitingHeartbeatPtr> StopWaiters::take_due(SteadyTime now) {
  std::vector<WaitingHeartbeatPtr> taken;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto at = waiting_.find(due_.begin()->second);
    taken.push_back(std::move(at->second));
    waiting_.erase(at);
    due_.erase(due_.begin());
  }
  return taken;
}

std::optional<SteadyTime> StopWaiters::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace breakerd
