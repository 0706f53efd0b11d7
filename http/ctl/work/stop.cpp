#include <breakerd/http/ctl/work/stop.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace breakerd::ctl {
namespace {

int poll_timeout(SteadyTime::duration duration) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<decltype(whole)>(whole, 0, std::numeric_limits<int>::max()));
}

}  // namespace

EventFd::EventFd() : fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (fd_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}
EventFd::~EventFd() { ::close(fd_); }

void EventFd::set() const {
  // Fails only when the counter is full, and then it is readable anyway.
  [[maybe_unused]] const int ignored = ::eventfd_write(fd_, 1);
}

void EventFd::clear() const {
  eventfd_t value = 0;
  [[maybe_unused]] const int ignored = ::eventfd_read(fd_, &value);  // nothing to read is what we want
}

void wait_readable(int first, int second, SteadyTime::duration duration) {
  std::array<pollfd, 2> fds{pollfd{first, POLLIN, 0}, pollfd{second, POLLIN, 0}};
  // An interrupted wait is a short one; every caller looks again.
  [[maybe_unused]] const int ignored = ::poll(fds.data(), fds.size(), poll_timeout(duration));
}

void StopRequest::request(SteadyTime::duration grace) {
  const std::lock_guard lock{mutex_};
  if (requested()) return;
  deadline_.store((clock_.steady() + grace).time_since_epoch().count(), std::memory_order_release);
  requested_.store(true, std::memory_order_release);
  event_.set();
}

SteadyTime StopRequest::deadline() const {
  return SteadyTime{SteadyTime::duration{deadline_.load(std::memory_order_acquire)}};
}

bool StopRequest::wait_for(SteadyTime::duration duration) const {
  wait_readable(fd(), -1, duration);
  return requested();
}

void ChildGroups::add(pid_t group) {
  const std::lock_guard lock{mutex_};
  groups_.insert(group);
}

void ChildGroups::remove(pid_t group) {
  const std::lock_guard lock{mutex_};
  groups_.erase(group);
}

void ChildGroups::kill_all() {
  const std::lock_guard lock{mutex_};
  for (const auto group : groups_) ::kill(-group, SIGKILL);
}

SignalWatch::SignalWatch(StopRequest& stop, ChildGroups& groups, SteadyTime::duration grace) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched, number);
  ::pthread_sigmask(SIG_BLOCK, &watched, &old_mask_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &old_pipe_);
  signal_fd_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signal_fd_ < 0) throw std::system_error{errno, std::generic_category(), "signalfd"};
  thread_ = std::thread{[this, &stop, &groups, grace] { watch(stop, groups, grace); }};
}

SignalWatch::~SignalWatch() {
  quit_.set();
  thread_.join();
  ::close(signal_fd_);
  ::sigaction(SIGPIPE, &old_pipe_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

void SignalWatch::watch(StopRequest& stop, ChildGroups& groups, SteadyTime::duration grace) const {
  std::array<pollfd, 2> fds{pollfd{signal_fd_, POLLIN, 0}, pollfd{quit_.fd(), POLLIN, 0}};
  for (;;) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    signalfd_siginfo info{};
    if (::read(signal_fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    if (stop.requested()) {
      groups.kill_all();
      ::_exit(128 + static_cast<int>(info.ssi_signo));
    }
    stop.request(grace);
  }
}

}  // namespace breakerd::ctl
