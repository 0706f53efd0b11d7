#pragma once
// The dispatcher's memory: the lanes, and a window of ready jobs per lane and class. All of it is a cache of the ready
// index on disk, with what is decided but not yet committed laid over it. Whose turn it is: events/rules/turns.hpp.
// Belongs to the queue actor; no locks.

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <breakerd/events/model/rows.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/ready_place.hpp>

namespace breakerd {

/// How far the log is, as the queue actor knows it.
struct Submissions {
  std::uint64_t number = 1;     ///< of the one that is being made
  std::uint64_t committed = 0;  ///< all up to this one are in the log
};

/// Ready jobs of one lane and class, in order. Every ready job up to the horizon is in the window; behind it they are
/// on disk only, or will be when they are committed.
class Window {
 public:
  static constexpr std::size_t first_refill_jobs = 64;  ///< the next ones read twice as many each
  static constexpr std::size_t refill_jobs = 1'024;
  static constexpr std::size_t jobs_max = 2'048;
  static constexpr std::size_t read_jobs_max = 256;

  /// A window over a lane that may have jobs on disk.
  static Window unread() { return {ReadyPlace{}, 0xff}; }
  /// A window over a lane that has none.
  static Window empty() { return {ReadyPlace::end(), 0}; }

  /// Whether jobs may wait that come behind this one though they were enqueued before, because of their priority.
  [[nodiscard]] bool may_overtake(ReadyPlace job) const { return job.order() < last_order_; }
  /// Takes a ready job in; false when it lies behind the horizon and stays on disk. `log` is given for a job that
  /// overtakes none and that nobody has in memory until it is committed: nothing is read past it before. `pushed_out`,
  /// when given, becomes the job that had to leave for this one, or nothing.
  bool insert(ReadyPlace job, bool there_is_room, const std::optional<Submissions>& log = {},
              std::optional<JobId>* pushed_out = nullptr);
  void erase(ReadyPlace job);
  [[nodiscard]] std::optional<ReadyPlace> front() const;
  void pop_front() { jobs_.pop_front(); }
  /// The first jobs, to be read at once: `count`, or twice as many as were kept the last time, but then no more than
  /// `most`.
  [[nodiscard]] std::vector<JobId> next_to_read(std::size_t count, std::size_t most) const;
  /// So many of them were kept in memory.
  void set_kept(std::size_t kept) { next_read_ = std::min(2 * kept, read_jobs_max); }

  /// Reads on from the horizon when the window is empty, up to the first job that is not committed yet. `view` has all
  /// that is committed as far as `log` says. `skip` says which jobs are not ready any more. True when the horizon
  /// moved: jobs that came back meanwhile, and whose return is not on disk yet, are the caller's to insert.
  [[nodiscard]] Result<bool> refill(const ReadView& view, const LaneId& lane, const JobClass& job_class,
                                    const Submissions& log, const std::function<bool(JobId)>& skip);

 private:
  Window(ReadyPlace horizon, std::uint8_t last_order) : horizon_{horizon}, last_order_{last_order} {}

  void leave_to_disk(ReadyPlace job, const std::optional<Submissions>& log);
  [[nodiscard]] ReadyPlace first_uncommitted(const Submissions& log);

  std::deque<ReadyPlace> jobs_;
  ReadyPlace horizon_;
  std::uint8_t last_order_;  ///< no ready job is of a later order
  std::size_t next_refill_ = first_refill_jobs;
  std::size_t next_read_ = 0;
  struct Uncommitted {
    std::uint64_t number = 0;  ///< of the submission that makes it ready
    ReadyPlace job;
  };
  std::deque<Uncommitted> uncommitted_;  ///< behind the horizon, in nobody's memory, and not known to be on disk
};

/// Orders classes, and whatever has a job type and a service.
struct ByClass {
  using is_transparent = void;
  bool operator()(const auto& a, const auto& b) const {
    return std::tie(a.job_type, a.service) < std::tie(b.job_type, b.service);
  }
};

struct Lane {
  LaneRow row;
  std::map<JobClass, Window, ByClass> windows;
  std::set<JobClass, ByClass> unread;  ///< classes that had pending jobs on disk when the lane was loaded
  std::uint64_t changed_in = 0;        ///< the last submission that changed it
  Time ended_at = no_time;             ///< when its campaign ended, if that is known here
  bool is_awake = false;               ///< the registry was told of a lease, and has not let its campaign rest since
};

}  // namespace breakerd
