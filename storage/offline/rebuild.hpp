#pragma once
// The projection made anew from the events, for an operator: its rows are damaged, and the events are not.

#include <chrono>
#include <filesystem>
#include <functional>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

struct RebuildReport {
  Position end;  ///< of the log
  std::chrono::duration<double> took{};
};

/// Whether every event chains and fits what went before. `corrupt`, with the first one that does not.
[[nodiscard]] Result<void> check_events(const ReadView& view);

/// Makes every row anew. Events and HEAD stay as they are. Payloads are not looked at.
///
/// The new rows are made beside the old ones. They take their place in one commit, when all events have been checked.
/// So nothing is changed when an event is damaged. It may be killed at any moment: then either the old rows are there,
/// or the new ones. Memory does not grow with the log (projection/rebuild.hpp).
///
/// `progress` is called on the calling thread: the rows are made up to event `at` of `of`.
///
/// Errors: `storage` when `directory` is no data directory (nothing is made in it), a daemon has it, or a write fails.
/// `corrupt` when an event is damaged. `corrupt`, too, when the log ends before what was acknowledged: then damaged
/// rows have been made anew, and the detail says so. `wrong_state` when a newer breakerd has written the rows.
[[nodiscard]] Result<RebuildReport> rebuild(const std::filesystem::path& directory,
                                            const std::function<void(Seq at, Seq of)>& progress = {},
                                            const Clock& clock = machine_clock());

}  // namespace breakerd
