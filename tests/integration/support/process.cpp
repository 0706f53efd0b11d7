#include "process.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "daemon.hpp"

namespace breakerd::integration {
namespace {

int pidfd_of(pid_t child) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  require(fd >= 0, "a process cannot be watched");
  return fd;
}

int milliseconds_until(SteadyTime until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 1'000'000));
}

/// Waits until one of them is readable. False when `until` comes first.
bool wait_readable(std::array<pollfd, 2>& fds, SteadyTime until) {
  while (true) {
    const int ready = ::poll(fds.data(), fds.size(), milliseconds_until(until));
    if (ready > 0) return true;
    if (ready == 0 && std::chrono::steady_clock::now() >= until) return false;
    require(ready == 0 || errno == EINTR, "poll failed");
  }
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

bool wait_for_end(pid_t child, SteadyTime until) {
  const Descriptor process{pidfd_of(child)};
  std::array<pollfd, 2> fds{pollfd{process.get(), POLLIN, 0}, pollfd{-1, 0, 0}};
  return wait_readable(fds, until);
}

GrowingFile::GrowingFile(const std::filesystem::path& file) : changes_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)} {
  require(changes_.get() >= 0 && ::inotify_add_watch(changes_.get(), file.c_str(), IN_MODIFY) >= 0,
          file.string() + " cannot be watched");
}

bool GrowingFile::wait(pid_t child, SteadyTime until) {
  const Descriptor process{pidfd_of(child)};
  std::array<pollfd, 2> fds{pollfd{changes_.get(), POLLIN, 0}, pollfd{process.get(), POLLIN, 0}};
  if (!wait_readable(fds, until)) return false;
  std::array<char, 4'096> events{};
  const bool has_grown = ::read(changes_.get(), events.data(), events.size()) > 0;
  return has_grown;
}

}  // namespace breakerd::integration
