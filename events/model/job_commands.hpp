#pragma once
// Commands about many jobs at once. They run in the background, in steps, and are rows of their own.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/status.hpp>
#include <breakerd/events/model/time.hpp>
#include <breakerd/events/model/triage.hpp>

namespace breakerd {

using JobCommandId = std::uint64_t;  ///< from 1, in the order of their starts

enum class JobCommandKind : std::uint8_t {
  retry = 0,    ///< jobs that FAILED or EXPIRED wait again, with all their attempts
  discard = 1,  ///< such jobs are CANCELLED
  plan = 2,     ///< jobs that waited when it began are parked or cancelled; at most one runs
  release_parked = 3,
  cancel_parked = 4,
};
inline constexpr std::uint64_t job_command_kinds = 5;
enum class JobCommandState : std::uint8_t { running = 0, done = 1, stopped = 2 };

[[nodiscard]] std::string_view to_string(JobCommandKind kind);
[[nodiscard]] std::string_view to_string(JobCommandState state);

/// About jobs that FAILED or EXPIRED.
[[nodiscard]] inline bool is_about_dead(JobCommandKind kind) {
  return kind == JobCommandKind::retry || kind == JobCommandKind::discard;
}
/// About jobs that are parked.
[[nodiscard]] inline bool is_about_parked(JobCommandKind kind) {
  return kind == JobCommandKind::release_parked || kind == JobCommandKind::cancel_parked;
}

/// Which jobs of those that FAILED, or of those that EXPIRED: every part that is given must match. A command about
/// parked jobs has the same parts, but for `error_contains` and `status`.
struct FailedJobs {
  CampaignId campaign{};  ///< nil: not given
  std::string job_type;   ///< empty: not given; so are the next two
  std::string service;
  std::string error_contains;  ///< a part of the error text, byte for byte
  Time ended_by = no_time;     ///< at this time or before; of parked jobs: enqueued by then; no_time: not given
  std::vector<JobId> ids;      ///< sorted, each once; empty: not given
  JobStatus status = JobStatus::failed;  ///< or expired

  friend bool operator==(const FailedJobs&, const FailedJobs&) = default;
};

struct JobCommandRow {
  JobCommandId id = 0;
  JobCommandKind kind = JobCommandKind::retry;
  JobCommandState state = JobCommandState::running;
  FailedJobs filter;                ///< not of a plan
  std::vector<PlanAction> actions;  ///< of a plan; so are the next two
  std::uint32_t canary = 0;         ///< 0: none
  Ramp ramp{};                      ///< over_ms is 0: none
  std::string reason;
  std::string principal;
  std::uint64_t matched = 0;  ///< jobs, when somebody asked for it; 0 of a plan, whose jobs nobody counts
  std::uint64_t done = 0;     ///< of them
  std::uint64_t parked = 0;   ///< by a plan, of those done
  std::uint64_t skipped =
      0;           ///< jobs that match and cannot be retried, because their campaign has failed or been cancelled
  JobId next = 0;  ///< all up to here were looked at
  JobId last = 0;  ///< none behind this is looked at: it was enqueued later
  Time created_at{};
  Time updated_at{};
  Time finished_at{};

  /// Jobs that are still to be looked at, if none of them has left FAILED otherwise.
  [[nodiscard]] std::uint64_t remaining() const {
    const std::uint64_t past = done + skipped;
    return state != JobCommandState::running || past >= matched ? 0 : matched - past;
  }

  friend bool operator==(const JobCommandRow&, const JobCommandRow&) = default;
};

}  // namespace breakerd
