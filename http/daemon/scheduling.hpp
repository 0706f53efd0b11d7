#pragma once
// How the kernel gives the daemon's threads their turns on the processor.
//
// Under SCHED_BATCH (sched(7); it takes no privilege) a thread that wakes up waits until the running one sleeps, and
// then finds more to do. It also waits for those that never sleep, so the policy is given up while they take the cores
// (docs/decisions/batch-scheduling.md).

#include <sys/types.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd::http {

/// What `--cpu-scheduling` says.
enum class CpuScheduling {
  batch,    ///< SCHED_BATCH, while nobody abuses it
  inherit,  ///< whatever the process was started with
};

/// Puts all threads of the process that are under SCHED_OTHER or SCHED_BATCH under `policy`, which is one of these; but
/// not the thread `but`. `unavailable` when the system refuses, with some of them done.
[[nodiscard]] Result<void> schedule_all_threads(int policy, pid_t but);

/// Tells by how late a thread under SCHED_BATCH wakes up whether such threads are let through. No thread rules: a
/// value.
///
/// The numbers are measured: beside a computation on every core such a thread was more than 1 ms late in 40 of 100
/// times, in a daemon under full load that has the cores for itself in 0 to 4.
class Politeness {
 public:
  static constexpr std::chrono::microseconds late{1'000};
  static constexpr std::size_t remembered = 8;
  static constexpr int too_often = 3;             ///< so many of the remembered times late: enough of it
  static constexpr std::size_t long_enough = 40;  ///< so many on time, one after the other: again

  /// Of one more time. Gives whether to be under SCHED_BATCH.
  bool add_sample(std::chrono::nanoseconds lateness);

 private:
  std::array<bool, remembered> late_{};
  std::size_t next_ = 0;
  std::size_t on_time_ = 0;
  bool polite_ = true;
};

/// Keeps every thread of the process under SCHED_BATCH, or under SCHED_OTHER while the cores are taken by others. Looks
/// 20 times a second, from a thread of its own.
class BatchScheduling {
 public:
  /// `clock` tells how late a wait ended; outlives this.
  explicit BatchScheduling(const Clock& clock = machine_clock()) : clock_{clock} {}
  ~BatchScheduling();
  BatchScheduling(const BatchScheduling&) = delete;
  BatchScheduling& operator=(const BatchScheduling&) = delete;

  /// Puts the process' threads under SCHED_BATCH and starts to look. A process that was started with a policy of its
  /// own, which is any but SCHED_OTHER, keeps it. `unavailable` when the system refuses.
  [[nodiscard]] Result<void> start();

 private:
  void look();

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace breakerd::http
