#pragma once
// The statuses of jobs and campaigns, as kept and as shown.

#include <cstdint>
#include <optional>
#include <string_view>

namespace breakerd {

enum class CircuitState : std::uint8_t { closed = 0, open = 1 };

/// "closed" or "open".
[[nodiscard]] std::string_view to_string(CircuitState state);

/// What becomes of the runs that are in flight while the circuit is OPEN.
enum class InFlight : std::uint8_t {
  stop = 0,    ///< their workers are told to stop
  finish = 1,  ///< they go on
};

/// "stop" or "finish".
[[nodiscard]] std::string_view to_string(InFlight in_flight);
[[nodiscard]] std::optional<InFlight> parse_in_flight(std::string_view text);

/// PAUSED is never kept: it is derived from the queue and from holds when a job is shown.
enum class JobStatus : std::uint8_t {
  pending = 0,     ///< waits; left by a lease, a cancel, or its campaign's end
  processing = 1,  ///< leased; left by complete, fail, release, expiry or cancel
  completed = 2,   ///< terminal
  failed = 3,      ///< terminal: attempts used up
  cancelled = 4,   ///< terminal: by hand, or by the end of its campaign
  expired = 5,     ///< terminal: not started by its deadline
  paused = 6,      ///< shown instead of pending and processing under a paused queue or lane
};
inline constexpr std::size_t kept_job_statuses = 6;

/// Upper case, e.g. "PENDING".
[[nodiscard]] std::string_view to_string(JobStatus status);
[[nodiscard]] std::optional<JobStatus> parse_job_status(std::string_view text);

[[nodiscard]] constexpr bool is_terminal(JobStatus status) {
  return status == JobStatus::completed || status == JobStatus::failed || status == JobStatus::cancelled ||
         status == JobStatus::expired;
}

/// It ended without having been done, and can be retried or discarded: a dead letter.
[[nodiscard]] constexpr bool is_dead(JobStatus status) {
  return status == JobStatus::failed || status == JobStatus::expired;
}

/// As kept, PAUSED means "by an operator"; as shown, it also stands for RUNNING under a hold.
enum class CampaignStatus : std::uint8_t {
  created = 0,    ///< left by start, cancel, fail
  running = 1,    ///< left by pause, cancel, fail, and completion when sealed and done
  paused = 2,     ///< left by resume, cancel, fail, completion
  completed = 3,  ///< terminal: sealed, and all jobs ended
  failed = 4,     ///< terminal: declared failed by hand
  cancelled = 5,  ///< terminal: by hand
};
inline constexpr std::size_t campaign_statuses = 6;

[[nodiscard]] std::string_view to_string(CampaignStatus status);
[[nodiscard]] std::optional<CampaignStatus> parse_campaign_status(std::string_view text);

[[nodiscard]] constexpr bool is_terminal(CampaignStatus status) { return status >= CampaignStatus::completed; }

}  // namespace breakerd
