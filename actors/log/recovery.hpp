#pragma once
// What is appended when there is no breaker to ask: the first event after storage trouble
// (docs/decisions/a-failed-append-is-unknown.md), and openings that were still owed when the core stopped.

#include <span>

#include <breakerd/actors/base/owed_openings.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/storage/log/event_log.hpp>

namespace breakerd {

/// Appends the opening (or, when OPEN already, the failure) that tells of storage trouble, and clears the log's mark
/// of it. `in_flight`: what becomes of runs when it opens. Gives the events as appended. Called by the log's one
/// writer, or before there is one.
[[nodiscard]] Result<Append> record_storage_trouble(EventLog& log, const std::string& trouble, InFlight in_flight,
                                                    Time now);

/// Appends all of `owed`, in order, except for those that the log has already; a log that takes nothing is reopened
/// first, and its trouble recorded. `in_flight`: of those that do not choose. An error: those that come first may be in
/// the log. Called when the log has no other writer any more.
[[nodiscard]] Result<void> record_openings(EventLog& log, std::span<const OwedOpening> owed, InFlight in_flight,
                                           Time now);

}  // namespace breakerd
