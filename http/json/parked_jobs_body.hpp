#pragma once
// Which parked jobs a command is about, as the `filter` of its body says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{campaign_id, job_type, service, older_than_ms, ids}` into the StartJobCommand `command`. Ranges are those of
/// validate().
[[nodiscard]] BodyErrors read_parked_jobs(std::string_view text, void* command, const BodyRules& rules);

}  // namespace breakerd::http
