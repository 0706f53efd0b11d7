#pragma once
// When the leases that are out will end, for those who look. Heartbeats move that moment and are no events, so
// committed state does not have it. It belongs to the queue actor's state as decided, which runs ahead of what is
// committed: a job may read as leased here a moment before it does in the log, and the other way round. Outlives the
// actors.

#include <mutex>
#include <optional>
#include <unordered_map>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

class LeaseTimes {
 public:
  // --- the queue actor's ---

  void set(JobId job, Time expires) {
    const std::lock_guard lock{mutex_};
    times_.insert_or_assign(job, expires);
  }
  void end(JobId job) {
    const std::lock_guard lock{mutex_};
    times_.erase(job);
  }
  void clear() {
    const std::lock_guard lock{mutex_};
    times_.clear();
  }

  // --- any thread ---

  /// Wall time; nullopt when no lease of the job is known.
  [[nodiscard]] std::optional<Time> find(JobId job) const {
    const std::lock_guard lock{mutex_};
    const auto at = times_.find(job);
    if (at == times_.end()) return std::nullopt;
    return at->second;
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<JobId, Time> times_;  ///< one entry for each lease
};

}  // namespace breakerd
