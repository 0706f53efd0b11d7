#pragma once
// Whether the steps of a whole log keep the invariants: for whoever folds events that nobody has just decided.
// Single-threaded.

#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/invariants.hpp>

namespace breakerd {

class StepCheck {
 public:
  /// Takes the log's events one after the other, from the first, each behind its fold into `rows`. A step is looked at
  /// where an append may end, because the log does not say where one does. `corrupt`, with the event, when it breaks an
  /// invariant.
  [[nodiscard]] Result<void> take(Seq seq, const Event& event, RowAccess& rows);

 private:
  Marks marks_;                ///< where an append may have ended last
  std::vector<Event> joined_;  ///< events since then, when there is more than one
};

}  // namespace breakerd
