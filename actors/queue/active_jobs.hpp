#pragma once
// The jobs the queue actor has in memory: leased ones, ready ones whose spec is at hand, and those whose last change is
// not known to be committed yet. Everything else is on disk only. Belongs to the queue actor; no locks.

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

struct ActiveJob {
  JobRow row;
  JobSpecPtr spec;                    ///< null after a restart, until somebody needs it
  bool windowed = false;              ///< it is in its lane's window
  std::optional<SteadyTime> expires;  ///< it is leased
  std::uint64_t changed_in = 0;       ///< the last submission that changed it
  std::size_t waiting_bytes = 0;      ///< what it was counted with when it got into the window
  bool unheard = false;               ///< its lease was taken over from the log, and its worker not heard of since
  bool waited_for = false;            ///< a heartbeat has waited for a stop during its lease
  bool counted = false;               ///< limits count its lease
  /// From when on its run is late; nothing: it is not leased, or may take as long as it takes.
  std::optional<SteadyTime> late_at{};
};

class ActiveJobs {
 public:
  /// Specs of waiting jobs are kept up to about this much; behind it they are read again when their turn comes.
  static constexpr std::size_t waiting_bytes_max = 5 << 20;

  [[nodiscard]] ActiveJob* find(JobId id);
  [[nodiscard]] const ActiveJob* find(JobId id) const;
  ActiveJob& insert(ActiveJob job);

  [[nodiscard]] bool has_room() const { return waiting_bytes_ < waiting_bytes_max; }
  /// How many waiting jobs would still find room if their specs had no texts.
  [[nodiscard]] std::size_t room_for_jobs() const;
  void set_windowed(ActiveJob& job, bool windowed);

  void set_lease(ActiveJob& job, SteadyTime expires);
  void end_lease(ActiveJob& job);
  /// The run of a leased job is late from then on.
  void set_late(ActiveJob& job, SteadyTime late_at);
  /// The next one that is late, until pass_late().
  struct Late {
    SteadyTime at;
    JobId job = 0;
  };
  [[nodiscard]] std::optional<Late> next_late() const;
  void pass_late(const ActiveJob& job);
  /// Leased jobs whose runs are late, or will be.
  [[nodiscard]] const std::set<JobId>& timed_runs() const { return timed_; }

  /// The lease that ends first.
  struct Expiry {
    SteadyTime at;
    JobId job = 0;
  };
  [[nodiscard]] std::optional<Expiry> next_expiry() const;
  [[nodiscard]] std::size_t leases() const { return expiries_.size(); }
  void each_lease(const std::function<void(ActiveJob&)>& visit);

  /// The job was changed in submission `number`; it may go once that is committed and nothing else keeps it.
  void mark_changed(ActiveJob& job, std::uint64_t number);
  /// Drops what may go, now that everything up to `committed` is.
  void prune(std::uint64_t committed);
  /// Calls `visit` with every job that was changed and is not known to be committed, some of them more than once.
  void each_uncommitted(const std::function<void(ActiveJob&)>& visit);

  void clear();

 private:
  std::unordered_map<JobId, ActiveJob> jobs_;
  std::set<std::pair<SteadyTime, JobId>> expiries_;
  std::set<std::pair<SteadyTime, JobId>> late_;  ///< of the timed ones: those that were not passed
  std::set<JobId> timed_;
  std::deque<std::pair<std::uint64_t, JobId>> touched_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace breakerd
