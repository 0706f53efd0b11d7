#pragma once
// What HEAD says of a log: at a start, which is refused when acknowledged events are missing, and offline.

#include <optional>
#include <string>

#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/log/head_file.hpp>
#include <breakerd/storage/tables/read_view.hpp>

namespace breakerd {

/// What an operator can do about a log that is refused.
inline constexpr const char* way_forward =
    "Restore the data directory from a copy; or, to go on without what is missing, run 'breakerctl accept-loss "
    "--data-dir DIR' and start again";

/// `corrupt`: there is no HEAD that can be read, but there is a log.
[[nodiscard]] Error no_head();

/// `corrupt`: nothing is at `place`, where the log was.
[[nodiscard]] Error log_is_lost(const std::string& place, Seq acknowledged);

/// Whether a log that ends at event `end` has everything up to `acknowledged`: `corrupt` when it ends before, or has
/// another event there. `latest` shows the log.
[[nodiscard]] Result<void> check_acknowledged(const ReadView& latest, const Position& acknowledged, Seq end);

/// One sentence on what HEAD (nullopt: missing or unreadable) has against a log that ends at event `end`: events that
/// were acknowledged are gone or changed, or it cannot be told. Empty when it agrees. An error is one of reading.
[[nodiscard]] Result<std::string> head_problem(const ReadView& view, const std::optional<HeadRecord>& head, Seq end);

/// Seq of the last event there is, 0 without one.
[[nodiscard]] Result<Seq> last_event(const ReadView& view);

}  // namespace breakerd
