#pragma once
// Directories whose names survive a power cut, and one process at a time in them. Nothing here throws.

#include <filesystem>

#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// Makes what names are in `directory` durable. `storage` when it cannot be opened or synced.
[[nodiscard]] Result<void> sync_directory(const std::filesystem::path& directory);

/// Makes the name of `directory`, which is there, durable in the directory above it, even if that may not be read.
[[nodiscard]] Result<void> sync_name(const std::filesystem::path& directory);

/// Makes `directory` and those above it that are missing, each durable before it returns. The last one is its owner's
/// and its group's alone when it is new. Gives whether it is new. `storage` with the path when one cannot be made.
[[nodiscard]] Result<bool> make_directories(const std::filesystem::path& directory);

/// Keeps a directory for one owner until it is destroyed or the process ends, whatever becomes of the files in it.
/// (RocksDB's own lock is a file that can be deleted beside a living daemon.)
class DirectoryLock {
 public:
  DirectoryLock() = default;
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  /// `storage` when another process, or another DirectoryLock of this one, has it, or it cannot be opened. Called once.
  /// Where the file system has no such locks it succeeds and does nothing.
  [[nodiscard]] Result<void> take(const std::filesystem::path& directory);

 private:
  int descriptor_ = -1;
};

}  // namespace breakerd
