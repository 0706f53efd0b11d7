#pragma once
// The crash points of a recording: each call, with each way to lose what was not synced by then.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/storage/crash_points/restart.hpp"

namespace breakerd::crash {

struct CrashPoint {
  std::size_t operation = 0;  ///< the last one that was done
  Loss loss;
  std::string call;  ///< what it is, and of what kind of file: "sync of a WAL"
};

/// All of them, in order.
[[nodiscard]] std::vector<CrashPoint> crash_points(const Recording& recording);

/// `count` of them, in order, drawn so that each call of each kind of file, lost in each way, is there as often as any
/// other.
[[nodiscard]] std::vector<CrashPoint> draw(const std::vector<CrashPoint>& from, std::size_t count,
                                           std::mt19937_64& random);

struct Failure {
  CrashPoint point;
  std::string problem;
  FileTree left;
};

struct Run {
  std::uint64_t seed = 0;      ///< of what is torn and drawn at each point
  unsigned jobs = 1;           ///< points at the same time
  std::filesystem::path room;  ///< an empty directory for theirs
  /// Gets, when it is there, the recorded restart of each point; from any thread, one at a time.
  std::function<void(const CrashPoint&, const Recording&)> restarted;
};

/// Crashes at each of `points`, which are in order, and starts again. Gives those at which the start is not as
/// promised. What the first few of them left is kept, and their problem says where.
[[nodiscard]] std::vector<Failure> crash_at(const Recording& recording, const std::vector<CrashPoint>& points,
                                            const Run& run);

/// The recording as if it did not sync some of its files: a kind ("WAL", "table", "MANIFEST"), or a directory.
[[nodiscard]] Recording without_syncs(const Recording& recording, const std::string& of);

}  // namespace breakerd::crash
