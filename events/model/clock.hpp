#pragma once
// Where the shells get the time from. It is handed in, so that a test, or a simulation of the whole daemon, decides
// what time it is. The rules take a time as an argument and know no clock.

#include <chrono>

#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// For how long something takes. Never jumps.
using SteadyTime = std::chrono::steady_clock::time_point;

/// All functions: any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// What a calendar says; may jump in both directions.
  [[nodiscard]] virtual Time wall() const = 0;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
};

/// The machine's. Lives as long as the process.
[[nodiscard]] const Clock& machine_clock();

}  // namespace breakerd
