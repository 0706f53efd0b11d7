#pragma once
// The job of a schedule, as it stands in a body.

#include <string_view>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// Reads an object into the JobSpec at `spec`, for NestedObject. What the schedule says itself (when, and under which
/// unique key) is no field of it.
[[nodiscard]] BodyErrors read_scheduled_job(std::string_view text, void* spec, const BodyRules& rules);
/// The same into the optional JobSpec at `spec`, which is empty unless one was given.
[[nodiscard]] BodyErrors read_new_scheduled_job(std::string_view text, void* spec, const BodyRules& rules);

}  // namespace breakerd::http
