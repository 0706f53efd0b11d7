#pragma once
// A start after a crash, and whether what comes up is what was promised.

#include <filesystem>
#include <string>

#include "tests/storage/crash_points/workload.hpp"

namespace breakerd::crash {

/// What was promised at a moment of a recording.
struct Promise {
  enum class Fault { no, maybe, yes };

  Seq acknowledged = 0;
  Seq submitted = 0;
  Fault fault = Fault::no;

  /// Goes on by one operation.
  void apply(const FileOperation& operation);
};

struct Restart {
  std::string problem;  ///< empty: all is as promised
  Recording recording;  ///< when it was asked for
};

/// Saves `left` below `root`, which is an empty directory, and starts there: verify finds nothing, the log opens, it
/// has what was acknowledged and nothing but what was submitted (whose hashes are in `chain`), it takes another append,
/// and verify finds nothing again. `record`: also writes down the start, the append and the stop.
[[nodiscard]] Restart restart(const std::filesystem::path& root, const FileTree& left, const Promise& promise,
                              const Chain& chain, bool record = false);

}  // namespace breakerd::crash
