#pragma once
// A log that breaks a rule.

#include <string>
#include <vector>

#include "tests/support/world.hpp"

namespace breakerd::test {

struct BrokenLog {
  std::string rule;  ///< as it stands in docs/event-log.md
  World before;      ///< what happened, all of it allowed
  /// The append that is refused. Its last event is the one that does not fit, unless the append ends too early.
  std::vector<EventData> append;
  bool ends_too_early = false;

  /// The place that the refusal names.
  [[nodiscard]] Seq refused_at() const { return before.last_seq() + append.size(); }
};

}  // namespace breakerd::test
