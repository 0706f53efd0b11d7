#pragma once
// What a request from within the process goes through before it reaches the rules, whoever sends it. (The HTTP facade
// reads and checks bodies itself; it sends batches.)

#include <optional>

#include <breakerd/actors/base/messages.hpp>

namespace breakerd {

/// Brings the command into its normal form and checks it: validate() and check_json(); the principal is cut to what the
/// log takes. `invalid` or `limit`, with the fields named; then the command must not be run.
[[nodiscard]] Result<void> admit(Ask& request);

/// What has to be recorded of a refused request all the same: a failure of a service counts whatever else is wrong with
/// its report (design, rule 8).
[[nodiscard]] std::optional<RecordFailure> report_in(const Command& refused);

/// What is answered when that was recorded.
[[nodiscard]] Error recorded_all_the_same(Error refusal);

}  // namespace breakerd
