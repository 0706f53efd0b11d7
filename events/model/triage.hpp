#pragma once
// What becomes of the jobs that wait when work goes on: a plan, given with a close or with resume-queue. A plan runs in
// the background as a command about many jobs (job_commands.hpp), and binds from its commit on.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/rollout.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

enum class PlanVerb : std::uint8_t {
  release = 0,  ///< workers may have it
  park = 1,     ///< it waits until somebody releases it
  cancel = 2,
};
inline constexpr std::uint64_t plan_verbs = 3;

[[nodiscard]] std::string_view to_string(PlanVerb verb);
[[nodiscard]] std::optional<PlanVerb> parse_plan_verb(std::string_view text);

/// Some of the jobs, and what becomes of them. Every part that is given must match.
struct PlanAction {
  PlanVerb verb = PlanVerb::release;
  std::optional<std::uint64_t> older_than_ms{};  ///< as asked for; the rules make enqueued_by of it
  Time enqueued_by = no_time;                    ///< enqueued then or before; no_time: not given
  CampaignId campaign{};                         ///< nil: not given
  std::string job_type{};                        ///< empty: not given; so is the next one
  std::string service{};

  friend bool operator==(const PlanAction&, const PlanAction&) = default;
};

/// The first action that matches a job counts. A job that none matches is released. Jobs that workers may have are
/// leased as the canary and the ramp say, and so are all others, whenever they were enqueued.
struct Plan {
  std::vector<PlanAction> actions{};      ///< at most limits::plan_actions_max
  std::optional<std::uint32_t> canary{};  ///< so many jobs must succeed first: 1 to limits::canary_jobs_max
  std::optional<Ramp> ramp{};             ///< then no more leases a second than this

  friend bool operator==(const Plan&, const Plan&) = default;
};

/// How a plan has parked a job.
struct Parked {
  std::uint64_t command = 0;  ///< the plan's; 0: it is not parked
  Time since = no_time;       ///< in queue time

  [[nodiscard]] bool exists() const { return command != 0; }
  friend bool operator==(const Parked&, const Parked&) = default;
};

}  // namespace breakerd
