#pragma once
// Many seeds, in processes of their own: what a seed does to its process (an assertion, a fault of memory, a hang) is
// that seed's failure and not the end of the run.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace breakerd::simulation {

struct RunOptions {
  std::size_t calls = 500;
  unsigned jobs = 2;   ///< processes at a time
  bool trace = false;  ///< lines to standard output
};

class Runs {
 public:
  explicit Runs(RunOptions options) : options_{options} {}

  /// Runs the seeds from `first` to `last`.
  void run(std::uint64_t first, std::uint64_t last);
  /// Runs seeds from `first` on, for about that long.
  void run_for(std::uint64_t first, std::chrono::seconds time);

  /// Prints what failed and how to repeat it, which situations were met, and the last line:
  /// "N seeds passed, N failed, trace HASH". True when none failed, and when each situation was met in a run that was
  /// long enough for it.
  [[nodiscard]] bool report() const;

 private:
  struct Result {
    bool passed = false;
    std::uint64_t trace = 0;
    std::vector<std::string> broken;
  };

  void run_block(std::uint64_t first, std::uint64_t last);
  [[nodiscard]] std::uint64_t read_results(int from, std::uint64_t first);

  RunOptions options_;
  std::map<std::uint64_t, Result> results_;  ///< by seed
  std::map<std::string, std::uint64_t> sometimes_;
};

}  // namespace breakerd::simulation
