#pragma once
// A job as its producer describes it. Plain values.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <breakerd/events/model/backoff.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// What becomes of a job whose unique key is held by another one.
enum class OnConflict : std::uint8_t {
  refuse = 0,    ///< it is refused, with that job's number
  existing = 1,  ///< that job is the answer, and nothing is done
  replace = 2,   ///< that job is cancelled if it waits; one that does not wait makes it refuse
};

/// What a producer says of a job. What it does not say is filled in when it is enqueued (rules/job_types.hpp); from
/// then on it never changes.
struct JobSpec {
  std::string job_type;
  std::string name;
  std::string description;
  std::string service;
  CampaignId campaign{};
  std::string payload;                          ///< JSON text; empty means null
  std::optional<std::uint32_t> max_attempts{};  ///< nothing: as its type has it, or default_max_attempts
  /// An expiry of its lease beyond so many that count ends it as FAILED. Nothing: as its type has it, or
  /// default_max_expiries.
  std::optional<std::uint32_t> max_expiries{};
  int priority = 0;                          ///< limits::priority_min to priority_max; greater is leased earlier
  Time run_at = no_time;                     ///< not leased before; no_time: as soon as possible
  std::uint64_t delay_ms = 0;                ///< the same, counted from when it is enqueued: `run_at` is made of it
  std::shared_ptr<const Backoff> backoff{};  ///< between attempts; null: as its type has it, or the default
  /// Among all jobs one at most holds the same key, and no other job with it is enqueued. Empty: none. A job holds it
  /// until it has ended, and until `unique_until` if it has not been cancelled.
  std::string unique_key{};
  OnConflict on_conflict = OnConflict::refuse;  ///< not kept
  std::uint64_t unique_for_ms = 0;  ///< from when it is enqueued: `unique_until` is made of it; 0: until it has ended
  Time unique_until = no_time;
  /// How long a run of it may take. Nothing: as its type has it, or as long as it takes.
  std::optional<std::uint32_t> timeout_ms{};
  Time expires_at = no_time;        ///< not started by then, it expires; no_time: never. While it is held, this moves
  std::uint64_t expires_in_ms = 0;  ///< the same, counted from when it is enqueued: `expires_at` is made of it
  Time deadline = no_time;          ///< `expires_at` in queue time; set when it is enqueued

  /// What it takes up in memory besides what every job takes.
  [[nodiscard]] std::size_t text_bytes() const {
    return job_type.size() + name.size() + description.size() + service.size() + payload.size() + unique_key.size();
  }
};

}  // namespace breakerd
