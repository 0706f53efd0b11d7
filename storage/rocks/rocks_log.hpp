#pragma once
// The log in a RocksDB below one directory. No RocksDB type leaves storage/*.cpp.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <breakerd/storage/log/event_log.hpp>

namespace breakerd {

enum class HeadMode {
  async,  ///< HEAD trails the log by at most about 10 ms: costs the answer nothing
  sync,   ///< HEAD is part of every commit
};

/// Table files that an open log keeps open at most. The rest is opened when it is read: without a bound, a log that
/// grows would some day take the last descriptor of the process, and its next write would fail.
inline constexpr int rocks_tables_open_max = 512;

/// Descriptors that an open log needs at most: the tables, its WALs and manifest, HEAD, and what compaction writes.
inline constexpr std::size_t rocks_log_descriptors_max = rocks_tables_open_max + 64;

struct RocksLogOptions {
  std::filesystem::path directory;  ///< made when it is missing
  HeadMode head = HeadMode::async;
  /// For offline tools: changes nothing, takes no lock; append() is `unavailable`.
  bool read_only = false;
  /// Lines for the operator; called from any thread. May be empty.
  std::function<void(const std::string& line)> log_line;
};

/// Opens and checks the log: its tail must chain and must reach its HEAD. `corrupt` with a way forward in the detail
/// when acknowledged events are missing or changed; `wrong_state` when another version of breakerd wrote it, which this
/// one cannot follow, or not while it only reads; `storage` when the directory cannot be opened, for instance because
/// another process has it.
[[nodiscard]] Result<std::unique_ptr<EventLog>> open_rocks_log(RocksLogOptions options);

/// For an operator who has decided to go on with a log that is behind its HEAD (or lost it): makes HEAD say what the
/// log has, and leaves word of storage trouble, so that the next start opens the circuit. The log must chain.
[[nodiscard]] Result<Position> accept_log_as_it_is(const std::filesystem::path& directory);

/// Told how far a rebuild is: the rows are made up to event `at` of `of`.
using RebuildProgress = std::function<void(Seq at, Seq of)>;

/// Makes all rows of the projection anew from the events, whatever the rows are now, also when their files are damaged.
/// Gives the end of the log. Payloads are not looked at. The old rows stay until the new ones are made. After a kill at
/// any moment either those or these are there.
///
/// Errors: `corrupt` when the events do not chain or do not fit each other. `corrupt`, too, when they do not reach
/// HEAD: then damaged rows have been made anew, and the detail says so. `wrong_state` when a newer breakerd has written
/// the rows. `storage` when another process has the directory, or a write fails.
[[nodiscard]] Result<Position> rebuild_projection(const std::filesystem::path& directory,
                                                  const RebuildProgress& progress);

}  // namespace breakerd
