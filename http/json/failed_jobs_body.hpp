#pragma once
// Which failed jobs a command is about, as the `filter` of its body says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{status, campaign_id, job_type, service, error_contains, older_than_ms, ids}` into the StartJobCommand
/// `command`. Ranges are those of validate().
[[nodiscard]] BodyErrors read_failed_jobs(std::string_view text, void* command, const BodyRules& rules);

}  // namespace breakerd::http
