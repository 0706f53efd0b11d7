#pragma once
// How much of each limit on leases is used, for those who look: as LeaseTimes, it belongs to the queue actor's state as
// decided, which runs ahead of what is committed.

#include <map>
#include <mutex>

#include <breakerd/events/model/lease_limit.hpp>

namespace breakerd {

/// All functions: any thread.
class LimitUses {
 public:
  void set(const LimitName& name, const LimitUse& use) {
    const std::lock_guard lock{mutex_};
    uses_[name] = use;
  }
  void remove(const LimitName& name) {
    const std::lock_guard lock{mutex_};
    uses_.erase(name);
  }
  /// Nothing is used when no such limit is known.
  [[nodiscard]] LimitUse of(const LimitName& name) const {
    const std::lock_guard lock{mutex_};
    const auto at = uses_.find(name);
    return at == uses_.end() ? LimitUse{} : at->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<LimitName, LimitUse> uses_;
};

}  // namespace breakerd
