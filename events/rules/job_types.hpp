#pragma once
// The rules of settings for job types. Pure.

#include <optional>

#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/queue_events.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/rules/fold.hpp>

namespace breakerd {

/// The spec as it is recorded: what its producer does not say is what its type says, and else the default. `row` is
/// that of the spec's type; null: it has no settings.
void fill_in(JobSpec& spec, const JobTypeRow* row);

/// `row` is that of the type, null when it has no settings. No event when it has the same ones already. `limit` at
/// limits::job_types_max.
[[nodiscard]] Result<std::optional<JobTypeSet>> decide(const QueueState& state, const JobTypeRow* row,
                                                       const SetJobType& command);

/// `not_found` when the type has no settings.
[[nodiscard]] Result<JobTypeRemoved> decide(const JobTypeRow* row, const RemoveJobType& command);

/// Applies an event; false when it cannot follow.
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const JobTypeSet& event, const Event& whole);
[[nodiscard]] Result<bool> evolve_rows(RowAccess& rows, const JobTypeRemoved& event, const Event& whole);

/// `not_found`, of a name that may be any text.
[[nodiscard]] Error no_such_job_type(std::string name);

}  // namespace breakerd
