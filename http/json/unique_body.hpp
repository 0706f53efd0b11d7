#pragma once
// What becomes of a job whose unique key is held, as the `unique` of a job to be enqueued says it.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads `{on_conflict, for_ms}` into the JobSpec `spec`. The range of for_ms is that of validate().
[[nodiscard]] BodyErrors read_unique(std::string_view text, void* spec, const BodyRules& rules);

}  // namespace breakerd::http
