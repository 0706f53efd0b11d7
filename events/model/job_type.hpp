#pragma once
// What jobs of one type have that do not say otherwise themselves. Plain values.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <breakerd/events/model/backoff.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Of a job of which neither its producer nor its type says so.
inline constexpr std::uint32_t default_max_attempts = 3;
inline constexpr std::uint32_t default_max_expiries = 10;

/// What is not given here is as without any settings.
struct JobTypeSettings {
  std::optional<std::uint32_t> max_attempts{};
  std::shared_ptr<const Backoff> backoff{};  ///< null: not given
  std::optional<std::uint32_t> timeout_ms{};
  std::optional<std::uint32_t> max_expiries{};

  [[nodiscard]] bool any() const { return max_attempts || backoff || timeout_ms || max_expiries; }
  friend bool operator==(const JobTypeSettings& one, const JobTypeSettings& other) {
    const bool same_backoff =
        one.backoff && other.backoff ? *one.backoff == *other.backoff : one.backoff == other.backoff;
    return same_backoff && one.max_attempts == other.max_attempts && one.timeout_ms == other.timeout_ms &&
           one.max_expiries == other.max_expiries;
  }
};

/// A type with settings.
struct JobTypeRow {
  std::string job_type;
  JobTypeSettings settings;
  std::string reason;
  std::string principal;
  Time set_at{};

  friend bool operator==(const JobTypeRow&, const JobTypeRow&) = default;
};

}  // namespace breakerd
