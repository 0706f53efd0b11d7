#pragma once
// What a job may say of itself, for whoever brings one. Internal to validate.hpp.

#include <optional>
#include <string>
#include <string_view>

#include <breakerd/events/model/job_spec.hpp>
#include <breakerd/events/rules/checker.hpp>

namespace breakerd {

/// "0 to 604800000".
[[nodiscard]] std::string retry_delay_range();

void check(Checker& checker, const Backoff& backoff);

/// What a job may say for itself, and its type for it.
void check_bounds(Checker& checker, const std::optional<std::uint32_t>& max_expiries,
                  const std::optional<std::uint32_t>& timeout_ms);

/// `attempts`: where its producer says max_attempts.
void check(Checker& checker, JobSpec& spec, std::string_view attempts = "max_attempts");

}  // namespace breakerd
