#pragma once
// `breakerctl work`: one thread leases, one thread a slot runs jobs and reports them.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <breakerd/http/ctl/client/backoff.hpp>
#include <breakerd/http/ctl/work/job_run.hpp>
#include <breakerd/http/ctl/work/stop.hpp>
#include <breakerd/http/ctl/work/work_log.hpp>
#include <breakerd/http/ctl/work/work_options.hpp>

namespace breakerd::ctl {

class Worker {
 public:
  /// Everything referred to outlives the worker.
  Worker(const WorkOptions& options, const ClientOptions& client, WorkLog& log, StopRequest& stop, ChildGroups& groups);
  ~Worker();

  /// Works until a stop is requested, the queue is drained (options.drain), the command cannot be started, or the
  /// daemon refuses to lease; then waits for the slots, which the stop's deadline bounds. Call it once.
  [[nodiscard]] ExitCode run();

 private:
  enum class Next { go_on, end };

  void run_slot();
  void work_on(const LeasedJob& job, LeaseApi& api);
  [[nodiscard]] std::optional<LeasedJob> wait_for_job();
  void close_slots();

  [[nodiscard]] std::uint64_t free_slots();
  [[nodiscard]] Next step();
  [[nodiscard]] Next lease_failed(const CliError& error);
  /// How long the next lease may wait.
  [[nodiscard]] std::chrono::milliseconds patience() const;
  /// After a lease that was to wait for `wait`.
  [[nodiscard]] Next nothing_leased(const Lease& lease, bool has_waited);
  [[nodiscard]] bool drained();
  void hand_out(std::vector<LeasedJob> jobs);
  void tell_pause(const Lease& lease);
  void tell_held();
  void end_with(ExitCode code);

  const WorkOptions& options_;
  ClientOptions client_options_;
  WorkLog& log_;
  StopRequest& stop_;
  ChildGroups& groups_;
  LeaseApi api_;
  EventFd slot_freed_;

  std::mutex mutex_;  ///< guards the five below
  std::condition_variable handed_;
  std::deque<LeasedJob> waiting_;
  std::uint64_t busy_ = 0;
  bool closed_ = false;
  ExitCode code_ = ExitCode::ok;

  // Of the leasing thread.
  Backoff idle_;
  Backoff trouble_;
  bool paused_ = false;
  bool in_trouble_ = false;
  bool let_in_ = false;  ///< whether a lease was ever answered: whoever is kept out later may be let in again
  bool quiet_seen_ = false;
  bool idle_known_ = false;  ///< the last lease gave nothing, and what is to be said of that was said
  std::string held_;         ///< what was told of it last
  SteadyTime next_look_at_held_{};
  std::vector<std::thread> slots_;
};

}  // namespace breakerd::ctl
