#pragma once
// The dear checks of a committed log: everything that `breakerctl verify` checks of one, and that the rows can be made
// anew. They take some microseconds an event.

#include <string>
#include <vector>

#include <breakerd/events/model/event.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd::simulation {

/// The problems found, a sentence each, at most whole_problems_max; none is what should be. Checked: the events are
/// dense and chain, each follows from what went before (fold), the log may end where it does, and the rows of every
/// table, indexes included, are what the events add up to.
[[nodiscard]] std::vector<std::string> check_whole(const ReadView& view);

/// The same of a rebuild: the rows that are made anew from the events are those that are there.
[[nodiscard]] std::vector<std::string> check_rebuild(const ReadView& view);

inline constexpr std::size_t whole_problems_max = 20;

/// All events of the log from `from` on, decoded. The first one is event `from`.
[[nodiscard]] Result<std::vector<Event>> read_all_events(const ReadView& view, Seq from = 1);

}  // namespace breakerd::simulation
