#pragma once
// What a plan says of jobs (docs/http-api.md, "Plans"): the first action that matches a job counts, and what none
// matches is released.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace breakerd::simulation {

/// What a plan looks at, of a job.
struct PlannedJob {
  std::string job_type;
  std::string service;   ///< empty: none
  std::string campaign;  ///< likewise
  std::int64_t enqueued_us = 0;
};

struct PlannedAction {
  std::string verb;
  std::string job_type;  ///< empty: not given; so are the next two
  std::string service;
  std::string campaign;
  std::optional<std::int64_t> enqueued_by_us;

  bool takes(const PlannedJob& job) const;
  friend bool operator==(const PlannedAction&, const PlannedAction&) = default;
};

/// As the event of a plan has them.
std::vector<PlannedAction> actions_in(const nlohmann::json& event_actions);
/// As somebody has asked for them, of a plan that begins at `now_us`.
std::vector<PlannedAction> actions_asked(const nlohmann::json& asked, std::int64_t now_us);

/// "release", "park" or "cancel".
std::string verb_for(const PlannedJob& job, const std::vector<PlannedAction>& actions);

}  // namespace breakerd::simulation
