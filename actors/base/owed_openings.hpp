#pragma once
// Openings that were asked for and that the breaker could not see into the log before it ended, for whoever stops the
// core: they are tried once more then, and a stop that leaves one says so.

#include <mutex>
#include <vector>

#include <breakerd/actors/base/messages.hpp>

namespace breakerd {

struct OwedOpening {
  Command command;  ///< RecordFailure, OpenCircuit or FailJob
  std::string principal;
  OperationId operation{};  ///< under which it was asked for; an earlier try may be in the log
  PendingChangePtr change;  ///< null: nothing of it was handed on
};

/// Any thread.
class OwedOpenings {
 public:
  void add(OwedOpening opening) {
    const std::lock_guard lock{mutex_};
    openings_.push_back(std::move(opening));
  }
  /// Those that are not in the log. To be called when the queue and the log have ended, or are given up.
  [[nodiscard]] std::vector<OwedOpening> take();

 private:
  std::mutex mutex_;
  std::vector<OwedOpening> openings_;
};

/// What was owed, for the operator's log.
[[nodiscard]] std::string describe(const OwedOpening& opening);

}  // namespace breakerd
