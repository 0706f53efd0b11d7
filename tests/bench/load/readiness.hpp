// How long a starting server takes to its first good answer.
#pragma once

#include "options.hpp"

namespace breakerd::load {

/// Tries to connect and ping until the answer is as expected (HTTP: /readyz is 200). Returns the
/// milliseconds since options.since_ns, or since the call when that is 0.
/// Throws std::runtime_error after options.seconds.
[[nodiscard]] double milliseconds_to_ready(const Options& options);

}  // namespace breakerd::load
