#pragma once
// Many simulations, and what they add up to.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tests/simulation/world_process.hpp"

namespace breakerd::simulation {

struct RunOptions {
  std::size_t calls = 500;
  unsigned jobs = 2;           ///< processes at a time
  bool until_failure = false;  ///< begin nothing more when one has failed
  bool shrink_first = true;    ///< make the first script that failed shorter, for the report
};

class Runs {
 public:
  explicit Runs(RunOptions options) : options_{options} {}

  /// Runs the seeds from `first` to `last`.
  void run(std::uint64_t first, std::uint64_t last);
  /// Runs seeds from `first` on, for about that long.
  void run_for(std::uint64_t first, std::chrono::seconds time);
  /// Takes the outcome of a script that was simulated elsewhere.
  void add(const Script& script, RunOutcome outcome);

  /// Prints what failed and how to repeat it, which situations were met, and the last line:
  /// "N seeds passed, N failed, trace HASH". True when none failed, and when each situation was met in a run that was
  /// long enough for it.
  [[nodiscard]] bool report() const;

  /// Over all outcomes, in the order of their seeds.
  [[nodiscard]] std::uint64_t hash() const;

 private:
  struct Ended {
    Script script;
    RunOutcome outcome;
  };

  [[nodiscard]] bool is_enough() const { return options_.until_failure && failed_; }
  void run_block(std::uint64_t first, std::uint64_t last);
  void report_failures() const;
  [[nodiscard]] bool report_situations() const;

  RunOptions options_;
  std::map<std::uint64_t, Ended> ended_;  ///< by seed
  std::map<std::string, std::uint64_t> sometimes_;
  std::size_t failed_ = 0;
};

/// Makes a script shorter that has just failed as `outcome` says: what is left fails with the like of its first
/// sentence.
[[nodiscard]] Script shrink_failing(const Script& script, const RunOutcome& outcome);

}  // namespace breakerd::simulation
