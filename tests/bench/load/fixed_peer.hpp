// A server that gives every request the same answer at once: what the generator reaches against
// it is the generator's own ceiling on this machine.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace breakerd::load {

class FixedPeer {
 public:
  /// Starts the peer in a child process on a free port of 127.0.0.1. Throws std::system_error.
  FixedPeer();
  ~FixedPeer();  // ends it
  FixedPeer(const FixedPeer&) = delete;
  FixedPeer& operator=(const FixedPeer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace breakerd::load
