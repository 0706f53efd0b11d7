#pragma once
// The next jobs whose time will come, of one clock. A cache of the due index on disk, with what is decided and not yet
// committed laid over it. It may have jobs that wait no more: whoever takes one looks at its row. Belongs to the queue
// actor; no locks.

#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include <breakerd/events/model/rows.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

class DueJobs {
 public:
  static constexpr std::size_t refill_jobs = 1'024;
  static constexpr std::size_t jobs_max = 2'048;
  using Entry = std::pair<Time, JobId>;

  explicit DueJobs(DueClock clock) : clock_{clock} {}

  /// Forgets all: everything is on disk.
  void clear();

  /// A job waits from now on. One that lies far ahead is left to the disk.
  void insert(Entry job);
  [[nodiscard]] std::optional<Entry> front() const;
  void pop_front() { near_.erase(near_.begin()); }

  /// There are none in memory, and there may be some on disk.
  [[nodiscard]] bool wants_refill() const { return near_.empty() && horizon_ != end; }
  /// Reads on when it wants to. True when it did: jobs whose wait is decided and not on disk yet are the caller's to
  /// insert.
  [[nodiscard]] Result<bool> refill(const ReadView& view);

 private:
  static constexpr Entry end{Time::max(), ~JobId{0}};

  DueClock clock_;
  std::set<Entry> near_;      ///< every job up to the horizon
  Entry horizon_{Time{}, 0};  ///< behind it they are on disk only, or will be
};

}  // namespace breakerd
