#pragma once
// Simulations in a process of their own: what one does to its process (an assertion, a fault of memory, a hang) is its
// failure and not the end of the run.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/simulation/script.hpp"

namespace breakerd::simulation {

/// How one simulation ended.
struct RunOutcome {
  std::vector<std::string> broken;  ///< empty: it passed
  std::uint64_t trace = 0;
  Moves moves;
  std::map<std::string, std::uint64_t> sometimes;  ///< situations, and how often each was met

  [[nodiscard]] bool passed() const { return broken.empty(); }
};

class WorldProcess {
 public:
  /// Begins to simulate the scripts, one after the other. `trace`: what happens goes to standard output, a line each.
  WorldProcess(std::vector<Script> scripts, bool trace);
  WorldProcess(WorldProcess&& other) noexcept;
  WorldProcess& operator=(WorldProcess&&) = delete;
  ~WorldProcess();

  /// Waits for the end; once. One outcome for each script, in their order; fewer when one of them ended the process:
  /// then the last outcome says of that one how the process ended, and those behind it were not simulated.
  [[nodiscard]] std::vector<RunOutcome> wait();

 private:
  [[nodiscard]] std::vector<RunOutcome> read_outcomes();
  [[nodiscard]] std::string end_of_process();

  std::size_t count_;
  pid_t process_ = -1;
  int results_ = -1;
};

/// One script, in a process of its own.
[[nodiscard]] RunOutcome simulate_apart(const Script& script, bool trace = false);

}  // namespace breakerd::simulation
