#pragma once
// Bounds of a JSON body that cannot be set.

#include <cstddef>

namespace breakerd::http {

/// Nesting of objects and arrays in a body; fixed, because clients and the log rely on it.
inline constexpr std::size_t json_depth_max = 32;

/// Refused fields named in one answer; the rest is counted.
inline constexpr std::size_t field_errors_max = 100;

}  // namespace breakerd::http
