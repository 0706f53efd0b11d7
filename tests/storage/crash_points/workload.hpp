#pragma once
// A log at work, each of its calls written down.

#include <filesystem>

#include "tests/storage/crash_points/crashed_disk.hpp"
#include "tests/storage/crash_points/log_use.hpp"

namespace breakerd::crash {

/// What was done to the files below a root, which held `begin`, and the chain of the log that this made in root/data.
struct Recording {
  FileTree begin;
  FileOperations operations;
  Chain chain;
};

/// The name of the data directory below a root.
inline constexpr const char* data_name = "data";

/// Makes a log below `root`, which is empty, and uses all of it: commits small and large, with HEAD trailing and within
/// them; starts; compactions; a memtable that is full, so that the WAL changes; a sync that fails. Throws
/// std::runtime_error when something of it goes wrong, or when the record is not all that was done.
[[nodiscard]] Recording record_workload(const std::filesystem::path& root);

/// Throws unless the calls of a recording add up to what is below `root` now.
void check_recording(const Recording& recording, const std::filesystem::path& root);

}  // namespace breakerd::crash
