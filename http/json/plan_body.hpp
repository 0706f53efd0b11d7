#pragma once
// What becomes of the jobs that wait, as the `plan` of a close or of resume-queue says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{actions: [{do, older_than_ms, campaign_id, job_type, service}]}` into the std::optional<Plan> at `plan`, for
/// NestedObject. An empty `job_type` or `service` is refused, because the action would be about more jobs than was
/// meant. Ranges are those of validate().
[[nodiscard]] BodyErrors read_plan(std::string_view text, void* plan, const BodyRules& rules);

}  // namespace breakerd::http
