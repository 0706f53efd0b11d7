#pragma once
// Limits on leases, as a person reads them.

#include <string>

#include <breakerd/http/ctl/text/json_text.hpp>

namespace breakerd::ctl {

/// "10/s, burst 20"; "-" without a rate. Printable.
[[nodiscard]] std::string rate_text(const Json& limit);

/// "service apollo (5 at a time; 10/s, burst 20)". Printable.
[[nodiscard]] std::string limit_text(const Json& limit);

}  // namespace breakerd::ctl
