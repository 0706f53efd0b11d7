#pragma once
// The first event after storage trouble (rule 5 of the design).

#include "events/error.hpp"
#include "storage/event_log.hpp"

namespace breakerd {

/// Appends the opening (or, when OPEN already, the failure) that tells of storage trouble, and clears the log's mark
/// of it. Gives the events as appended. Called by the log's one writer, or before there is one.
[[nodiscard]] Result<Append> record_storage_trouble(EventLog& log, const std::string& trouble, Time now);

}  // namespace breakerd
