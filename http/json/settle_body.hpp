#pragma once
// How leases have ended, as the bodies of leases and jobs/settle say it.

#include <optional>
#include <string>
#include <vector>

#include <breakerd/http/json/read_body.hpp>

namespace breakerd::http {

/// One lease that has ended. What does not go with its outcome is still to be refused.
struct Settlement {
  JobId job = 0;
  std::string token;
  std::string outcome;
  std::string result;  ///< JSON text; empty: null or not given, as are the other texts
  std::string error;
  std::string error_type;
  std::string service;
  std::optional<bool> retry;
  std::optional<std::uint64_t> retry_after_ms;
};

/// A batch of them; more than limits::settle_max are refused as `name`.
[[nodiscard]] BatchItems items_of(std::vector<Settlement>& settlements, std::string_view name);

/// NestedObject::read of an array of them into a std::optional<std::vector<Settlement>>.
[[nodiscard]] BodyErrors read_settlements(std::string_view text, void* into, const BodyRules& rules);

}  // namespace breakerd::http
