#pragma once
// How far a long enqueue has come: a bar on a terminal, a line now and then elsewhere. Not thread safe.

#include <chrono>
#include <cstdint>
#include <ostream>

#include <breakerd/events/model/clock.hpp>

namespace breakerd::ctl {

class Progress {
 public:
  /// `bytes_total` 0: not known, counts only. On a terminal the bar is drawn over itself at most ten times a second;
  /// elsewhere a line is written at most once in `line_interval`. `clock` outlives this.
  Progress(std::ostream& out, bool terminal, std::uint64_t bytes_total, const Clock& clock,
           SteadyTime::duration line_interval = std::chrono::seconds{2});

  void update(std::uint64_t jobs, std::uint64_t bytes);
  /// Draws the last state whatever the time, and ends the bar's line.
  void finish(std::uint64_t jobs, std::uint64_t bytes);

 private:
  void draw(std::uint64_t jobs, std::uint64_t bytes);

  std::ostream& out_;
  bool terminal_;
  std::uint64_t bytes_total_;
  const Clock& clock_;
  SteadyTime::duration interval_;
  SteadyTime begun_ = clock_.steady();
  SteadyTime drawn_ = begun_;
};

}  // namespace breakerd::ctl
