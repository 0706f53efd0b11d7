#pragma once
// How a job is tried again, as the `retry` of a job to be enqueued says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{max_attempts, backoff {kind, base_ms, max_ms, factor, jitter, delays_ms}}` into the JobSpec `spec`. Ranges
/// are those of validate().
[[nodiscard]] BodyErrors read_retry(std::string_view text, void* spec, const BodyRules& rules);

}  // namespace breakerd::http
