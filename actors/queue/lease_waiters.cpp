#include <breakerd/actors/queue/lease_waiters.hpp>

#include <algorithm>
#include <queue>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace breakerd {

void LeaseWaiters::add(CommandBatchPtr batch, SteadyTime until, Time now) {
  const Arrival arrival = ++arrivals_;
  by_batch_.emplace(batch.get(), arrival);
  due_.emplace(until, arrival);
  const Waiter& waiter = waiters_.emplace(arrival, Waiter{std::move(batch), until}).first->second;
  if (waiter.types().empty()) any_.insert(arrival);
  for (const std::string& type : waiter.types()) by_type_[type].insert(arrival);
  shown_->begin_wait(waiter.command().worker, now);
}

void LeaseWaiters::clear() {
  for (const auto& [arrival, waiter] : waiters_) shown_->end_wait(waiter.command().worker);
  *this = LeaseWaiters{*shown_};
}

void LeaseWaiters::remove(Arrival arrival) {
  const auto at = waiters_.find(arrival);
  const Waiter& waiter = at->second;
  any_.erase(arrival);
  for (const std::string& type : waiter.types()) {
    const auto line = by_type_.find(type);
    if (line == by_type_.end()) continue;  // a type that was named twice
    line->second.erase(arrival);
    if (line->second.empty()) by_type_.erase(line);
  }
  due_.erase({waiter.until, arrival});
  by_batch_.erase(waiter.batch.get());
  shown_->end_wait(waiter.command().worker);
  waiters_.erase(at);
}

void LeaseWaiters::set_until(Arrival arrival, SteadyTime until) {
  Waiter& waiter = waiters_.at(arrival);
  due_.erase({waiter.until, arrival});
  waiter.until = until;
  due_.emplace(until, arrival);
}

void LeaseWaiters::end(const CommandBatchPtr& batch, SteadyTime now) {
  const auto at = by_batch_.find(batch.get());
  if (at != by_batch_.end() && waiters_.at(at->second).until > now) set_until(at->second, now);
}

void LeaseWaiters::end_all(SteadyTime now) {
  for (auto& [arrival, waiter] : waiters_)
    if (waiter.until > now) set_until(arrival, now);
}

std::vector<CommandBatchPtr> LeaseWaiters::take_due(SteadyTime now, std::size_t most) {
  std::vector<CommandBatchPtr> taken;
  while (taken.size() < most && !due_.empty() && due_.begin()->first <= now) {
    const Arrival arrival = due_.begin()->second;
    taken.push_back(waiters_.at(arrival).batch);
    remove(arrival);
  }
  return taken;
}

std::optional<SteadyTime> LeaseWaiters::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

const LeaseWaiters::Line& LeaseWaiters::line_of(const std::string* type) const {
  static const Line nobody;
  if (type == nullptr) return any_;
  const auto at = by_type_.find(*type);
  return at == by_type_.end() ? nobody : at->second;
}

/// The heads of all lines that are asked, the earliest first. A line whose head has gone meanwhile comes back with its
/// next one.
bool LeaseWaiters::offer(const ReadyTypes& ready, const Offer& offer) {
  std::vector<std::string> types;
  if (ready.all())
    for (const auto& [type, line] : by_type_) types.push_back(type);
  else
    types.assign(ready.types().begin(), ready.types().end());

  using Head = std::pair<Arrival, const std::string*>;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
  const auto queue_up = [&](const std::string* type) {
    if (const Line& line = line_of(type); !line.empty()) heads.emplace(*line.begin(), type);
  };
  queue_up(nullptr);
  for (const std::string& type : types) queue_up(&type);

  std::unordered_set<std::string> exhausted;
  while (!heads.empty()) {
    const auto [arrival, type] = heads.top();
    heads.pop();
    if (type != nullptr && exhausted.contains(*type)) continue;
    const auto at = waiters_.find(arrival);
    if (at == waiters_.end()) {
      queue_up(type);
      continue;
    }
    switch (offer(at->second.batch)) {
      case Offered::taken:
        remove(arrival);
        queue_up(type);
        break;
      case Offered::nothing:
        if (at->second.types().empty()) return true;  // it would have taken any
        exhausted.insert(at->second.types().begin(), at->second.types().end());
        break;
      case Offered::stop:
        return false;
    }
  }
  return true;
}

}  // namespace breakerd
