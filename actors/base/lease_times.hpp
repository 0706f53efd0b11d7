#pragma once
// When the leases that are out will end, who holds them, whose leases wait, and how much of limits they use, for those
// who look. Heartbeats and waits
// are no events, so committed state does not have this. It belongs to the queue actor's state as decided, which runs
// ahead of what is committed: a job may read as leased here a moment before it does in the log, and the other way
// round. Outlives the actors.

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <breakerd/actors/base/limit_uses.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/events/model/workers.hpp>

namespace breakerd {

class LeaseTimes {
 public:
  // --- the queue actor's ---

  /// The job is leased, as its row says, and its lease ends at `expires`. `heard`: when its worker spoke; no_time: not
  /// since the job was leased.
  void set(const JobRow& row, Time expires, Time heard);
  void end(JobId job);
  /// What its worker has reported; the job is leased.
  void set_progress(JobId job, JobProgress progress);
  /// No job is leased. Leases that wait do so still.
  void clear();

  /// A lease of this worker waits since now.
  void begin_wait(const std::string& worker, Time now);
  void end_wait(const std::string& worker);

  // --- any thread ---

  /// Wall time; nullopt when no lease of the job is known.
  [[nodiscard]] std::optional<Time> find(JobId job) const;

  /// nullopt when no lease of the job is known, or its worker has reported nothing.
  [[nodiscard]] std::optional<JobProgress> progress(JobId job) const;

  /// Workers by name, from the first one behind `after` on: at most `limit`, and fewer when they hold more than
  /// limits::worker_leases_max jobs. Of each it has the jobs that were leased first, up to as many, by number and
  /// lease.
  [[nodiscard]] Page<WorkerView> workers(std::string_view after, std::size_t limit) const;

  LimitUses limits;
  /// When the ramp of a plan lets the next job be leased, in wall time; no_time: now, or there is no ramp.
  std::atomic<Time> ramp_free_at{no_time};

 private:
  struct Worker {
    std::set<std::pair<Time, JobId>> jobs;  ///< by when they were leased
    Time heard = no_time;
    std::size_t waiting = 0;
  };
  using Workers = std::map<std::string, Worker, std::less<>>;
  struct Lease {
    Time expires;
    Time since;
    Workers::iterator worker;
    std::unique_ptr<const JobProgress> progress{};
  };

  void forget(const Lease& lease, JobId job);
  void drop_if_idle(Workers::iterator worker);
  [[nodiscard]] WorkerView view_of(const std::string& name, const Worker& worker) const;

  mutable std::mutex mutex_;
  std::unordered_map<JobId, Lease> leases_;  ///< one entry for each lease
  Workers workers_;                          ///< with a lease, or one that waits
};

}  // namespace breakerd
