#pragma once
// How `work` is asked to end. The first SIGINT, SIGTERM or SIGHUP: no more leases, running jobs may end within the
// grace. The second: every child's group is killed and the process exits with 128 + the signal's number.

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include <signal.h>

#include <breakerd/events/model/clock.hpp>

namespace breakerd::ctl {

/// An eventfd, closed with its owner.
class EventFd {
 public:
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  void set() const;
  void clear() const;

 private:
  int fd_;
};

/// Set once, seen by all threads.
class StopRequest {
 public:
  /// `clock` outlives this.
  explicit StopRequest(const Clock& clock = machine_clock()) : clock_{clock} {}

  /// Asks for the end; running jobs may take until now + grace. Later calls change nothing.
  void request(SteadyTime::duration grace);

  [[nodiscard]] bool requested() const { return requested_.load(std::memory_order_acquire); }
  /// When running jobs are cut; time_point::max() before the request.
  [[nodiscard]] SteadyTime deadline() const;
  /// Readable from the request on, for ever.
  [[nodiscard]] int fd() const { return event_.fd(); }

  /// Waits at most so long; returns at once when the end is requested meanwhile. True when it is (or was) requested.
  bool wait_for(SteadyTime::duration duration) const;

 private:
  const Clock& clock_;
  EventFd event_;
  std::mutex mutex_;
  std::atomic<bool> requested_ = false;
  std::atomic<SteadyTime::rep> deadline_ = SteadyTime::max().time_since_epoch().count();
};

/// Waits until one of two descriptors is readable (-1: none) or the time is over.
void wait_readable(int first, int second, SteadyTime::duration duration);

/// The process groups that live now, so that they can be killed from the signal thread. Thread safe.
class ChildGroups {
 public:
  void add(pid_t group);
  /// Before the leader is reaped, so that its number is not another's.
  void remove(pid_t group);
  void kill_all();

 private:
  std::mutex mutex_;
  std::set<pid_t> groups_;
};

/// Turns signals into a StopRequest for its lifetime. Made before any other thread, so that all inherit the mask.
/// SIGPIPE is ignored meanwhile.
class SignalWatch {
 public:
  SignalWatch(StopRequest& stop, ChildGroups& groups, SteadyTime::duration grace);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch(StopRequest& stop, ChildGroups& groups, SteadyTime::duration grace) const;

  sigset_t old_mask_{};
  struct sigaction old_pipe_ {};
  int signal_fd_ = -1;
  EventFd quit_;
  std::thread thread_;
};

}  // namespace breakerd::ctl
