#pragma once
// What becomes of the jobs that wait, and how work begins, as the `plan` of a close or of resume-queue says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{actions: [{do, older_than_ms, campaign_id, job_type, service}], canary, ramp: {from_per_second,
/// to_per_second, over_ms}}` into the std::optional<Plan> at `plan`, for NestedObject. All of it may be left out; a
/// ramp has a `from_per_second` and an `over_ms`, and ends as it begins without a `to_per_second`. An empty `job_type`
/// or `service` is refused, because the action would be about more jobs than was meant. Ranges are those of validate().
[[nodiscard]] BodyErrors read_plan(std::string_view text, void* plan, const BodyRules& rules);

}  // namespace breakerd::http
