#pragma once
// Waiting for another process: its end, and what it writes.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace breakerd::integration {

/// A descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_{fd} {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

using SteadyTime = std::chrono::steady_clock::time_point;

/// Waits for the end of `child`, which is not reaped. False when `until` comes first.
[[nodiscard]] bool wait_for_end(pid_t child, SteadyTime until);

/// The lines that a process appends to a file.
class GrowingFile {
 public:
  /// `file` exists.
  explicit GrowingFile(const std::filesystem::path& file);

  /// Waits until the file has grown since the last call, or since it was made. False when `until` comes first, or the
  /// end of `child` (which is not reaped).
  [[nodiscard]] bool wait(pid_t child, SteadyTime until);

 private:
  Descriptor changes_;
};

}  // namespace breakerd::integration
