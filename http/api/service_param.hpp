#pragma once
// Service labels that are not part of a command, or that a command could do without.

#include <breakerd/http/api/call.hpp>

namespace breakerd::http {

/// Folds `service` and checks it, together with what was wrong with the body. False when that has been answered.
[[nodiscard]] bool check_service(Call& call, std::string& service);

}  // namespace breakerd::http
