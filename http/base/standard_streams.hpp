#pragma once
// Standard streams that were closed when the process was started.

#include <fcntl.h>
#include <unistd.h>

namespace breakerd::http {

/// A file or a socket that landed on a closed standard stream would be taken for it, and be written log lines to. What
/// stands in for one of them fails in its direction, as the closed one does. To be called before anything is opened.
inline void occupy_closed_streams() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // takes the lowest free number, which is fd
  }
}

}  // namespace breakerd::http
