#pragma once
// Writes down every call by which this process changes files below a directory: RocksDB's, HEAD's, all of them, by
// whatever thread. The program defines open, write, fsync and the others itself, and the shared libraries' calls end up
// there, too. Syncs are written down and not done: what a crash takes is for CrashedDisk to say.

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "tests/storage/crash_points/crashed_disk.hpp"
#include "tests/storage/crash_points/file_operation.hpp"

namespace breakerd::crash {

/// From here on no sync of this process is done. And where nothing is recorded, file systems say that there is hardly
/// any room: then no WAL is written ahead (storage/rocks/wal_spare.hpp), which would take most of the time of a start.
void begin_crashing();

class Recorder {
 public:
  /// Begins. `root` exists and holds `begin`; the ids of the files are those of CrashedDisk{begin}.
  Recorder(const std::filesystem::path& root, const FileTree& begin);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// What is no call. Any thread.
  void mark(FileOperation::Kind kind, Seq seq = 0);

  /// The next sync of a file whose name ends with `name_end` fails with EIO, after having been done.
  void fail_next_sync(std::string name_end);

  /// Ends, and gives what was done. No thread may be at work below the root.
  [[nodiscard]] FileOperations stop();

  // For the calls.
  struct Call;

 private:
  friend struct Call;
  const std::string root_;
  std::mutex mutex_;  ///< held during a call: the order of the record is that of what was done
  FileOperations operations_;
  std::map<std::uint64_t, FileId> ids_;  ///< by inode number
  std::map<FileId, std::uint64_t> sizes_;
  FileId next_id_ = 0;
  std::string failing_;
  bool stopped_ = false;
};

}  // namespace breakerd::crash
