#pragma once
// What HEAD says of a log that is looked at offline.

#include <optional>
#include <string>

#include "events/error.hpp"
#include "storage/head_file.hpp"
#include "storage/read_view.hpp"

namespace breakerd {

/// One sentence on what HEAD (nullopt: missing or unreadable) has against a log that ends at event `end`: events that
/// were acknowledged are gone or changed, or it cannot be told. Empty when it agrees. An error is one of reading.
[[nodiscard]] Result<std::string> head_problem(const ReadView& view, const std::optional<HeadRecord>& head, Seq end);

/// Seq of the last event there is, 0 without one.
[[nodiscard]] Result<Seq> last_event(const ReadView& view);

}  // namespace breakerd
