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

/// Makes every row anew; events and HEAD stay as they are. The whole log is checked first, so that nothing is changed
/// when events are damaged. `progress` is called on the calling thread with how far it
/// is: up to event `at` of `of`. Errors: `storage` when `directory` is no data directory (nothing is made in it), a
/// daemon has it, or a write fails; `corrupt` when the log itself is damaged, with what to do in the detail;
/// `wrong_state` when a newer breakerd has written the rows. It may be broken off: the next start goes on with it.
[[nodiscard]] Result<RebuildReport> rebuild(const std::filesystem::path& directory,
                                            const std::function<void(Seq at, Seq of)>& progress = {},
                                            const Clock& clock = machine_clock());

}  // namespace breakerd
