#pragma once
// Times as the API writes them: RFC 3339 in UTC with microseconds.

#include <cstdint>
#include <optional>
#include <string>

namespace breakerd::simulation {

/// Microseconds since 1970 of "2026-11-23T22:14:05.000042Z"; nullopt: it is not of this form.
std::optional<std::int64_t> read_time(const std::string& text);

}  // namespace breakerd::simulation
