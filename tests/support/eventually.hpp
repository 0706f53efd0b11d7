#pragma once
// Waiting for what can only be seen by asking: what a server answers, whether it listens. Nothing tells when that
// changes, so it is asked again and again. The pause in between leaves the machine to those who are asked. It hides no
// race: the wait ends when the condition holds, or it fails.
//
// This and let_pass.hpp are the only places of the tests where a thread sleeps (tests/house/sleeps_test.sh). What has a
// signal is waited for by that: a process's end by its pidfd, a line of its log by Daemon::wait_says(), a count of this
// process by Counter::wait_for().

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace breakerd::test {

struct Patience {
  std::chrono::milliseconds limit{60'000};  ///< then it has failed
  std::chrono::microseconds pause{5'000};   ///< between two questions
};

/// Returns when `holds` does. Throws what tells `what` was waited for. What `holds` throws ends the wait, too.
template <class Condition>
void eventually(const std::string& what, const Condition& holds, const Patience& patience = {}) {
  const auto deadline = std::chrono::steady_clock::now() + patience.limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= deadline)
      throw std::runtime_error{what + " did not come within " + std::to_string(patience.limit.count()) + " ms"};
    std::this_thread::sleep_for(patience.pause);
  }
}

}  // namespace breakerd::test
