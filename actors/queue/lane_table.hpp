#pragma once
// The dispatcher's memory: the lanes, and a window of ready jobs per lane and type. All of it is a cache of the ready
// index on disk, with what is decided but not yet committed laid over it. Whose turn it is: events/rules/turns.hpp.
// Belongs to the queue actor; no locks.

#include <algorithm>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <breakerd/events/model/rows.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

/// Ready jobs of one lane and type, in order. Every ready job up to the horizon is in the window; behind it they are on
/// disk only.
class Window {
 public:
  static constexpr std::size_t first_refill_jobs = 64;  ///< the next ones read twice as many each
  static constexpr std::size_t refill_jobs = 1'024;
  static constexpr std::size_t jobs_max = 2'048;
  static constexpr std::size_t read_jobs_max = 256;
  static constexpr JobId no_horizon = std::numeric_limits<JobId>::max();

  /// A window over a lane that may have jobs on disk.
  static Window unread() { return Window{0}; }
  /// A window over a lane that has none.
  static Window empty() { return Window{no_horizon}; }

  /// Takes a ready job in; false when it lies behind the horizon and stays on disk. `pushed_out`, when given, becomes
  /// the job that had to leave for it, or nothing.
  bool insert(JobId job, bool there_is_room, std::optional<JobId>* pushed_out = nullptr);
  void erase(JobId job);
  [[nodiscard]] std::optional<JobId> front() const;
  void pop_front() { jobs_.pop_front(); }
  /// The first jobs, to be read at once: `count`, or twice as many as were kept the last time, but then no more than
  /// `most`.
  [[nodiscard]] std::vector<JobId> next_to_read(std::size_t count, std::size_t most) const;
  /// So many of them were kept in memory.
  void set_kept(std::size_t kept) { next_read_ = std::min(2 * kept, read_jobs_max); }

  /// Reads on from the horizon when the window is empty. `skip` says which ready jobs on disk are taken already. Gives
  /// how far the horizon moved; jobs that became ready in between, and are not on disk yet, are the caller's to insert.
  [[nodiscard]] Result<JobId> refill(const ReadView& view, const LaneId& lane, const std::string& job_type,
                                     const std::function<bool(JobId)>& skip);

 private:
  explicit Window(JobId horizon) : horizon_{horizon} {}

  std::deque<JobId> jobs_;
  JobId horizon_;
  std::size_t next_refill_ = first_refill_jobs;
  std::size_t next_read_ = 0;
  JobId behind_horizon_ = 0;  ///< the greatest job known to be on disk only, perhaps not committed yet
};

struct Lane {
  LaneRow row;
  std::map<std::string, Window, std::less<>> windows;
  std::vector<std::string> unread;  ///< types that had pending jobs on disk when the lane was loaded
  std::uint64_t changed_in = 0;     ///< the last submission that changed it
  Time ended_at = no_time;          ///< when its campaign ended, if that is known here
  bool is_awake = false;            ///< the registry was told of a lease, and has not let its campaign rest since
};

}  // namespace breakerd
