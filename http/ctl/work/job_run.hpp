#pragma once
// One leased job: runs the command, heartbeats, and decides how the job ended. No report is sent here.

#include <string>

#include <breakerd/http/ctl/client/lease_api.hpp>
#include <breakerd/http/ctl/work/child.hpp>
#include <breakerd/http/ctl/work/stop.hpp>
#include <breakerd/http/ctl/work/work_options.hpp>

namespace breakerd::ctl {

enum class JobEndKind {
  completed,  ///< exit 0
  failed,     ///< the job's own fault, or the service's when `service` is not empty
  released,   ///< stopped by the daemon or by a signal, or never started: someone else may run it
  lost,       ///< the lease is not ours any more: nothing to report
};

struct JobEnd {
  JobEndKind kind = JobEndKind::released;
  std::string result{};           ///< completed: JSON text, empty for none
  std::string plain_result{};     ///< completed: the same as a JSON string, should the daemon refuse `result`
  std::string error{};            ///< failed: the tail of stderr, or how the command ended
  std::string error_type{};       ///< failed: exit_<code> or signal_<number>
  std::string service{};          ///< failed: the service to blame
  std::string note{};             ///< for the worker's log
  bool worker_broken = false;     ///< the command cannot be started at all
  std::string plain_note{};       ///< completed: what is to be said when `plain_result` is sent, e.g. that it was cut
  std::uint64_t known_epoch = 0;  ///< as LeasedJob::known_epoch, of the last heartbeat before the command ended
};

/// Runs `job` to its end. Blocks for as long as the command runs, but no longer than the stop's deadline plus the
/// grace to die; heartbeats go out at a third of the lease and an unreachable daemon does not disturb the command.
[[nodiscard]] JobEnd run_job(const LeasedJob& job, const WorkOptions& options, LeaseApi& api, const StopRequest& stop,
                             ChildGroups& groups);

/// What an end of the command means for the job. Pure.
[[nodiscard]] JobEnd judge(ChildEnd end, const WorkOptions& options);

/// The environment of a job's command: this process's, and what BREAKERD_* tell of the job. Pure but for environ.
[[nodiscard]] std::vector<std::string> job_environment(const LeasedJob& job, const WorkOptions& options,
                                                       const Address& address);

}  // namespace breakerd::ctl
