#pragma once
// A full look at a quiet daemon: its status, its events, and all of its jobs and campaigns.

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/promises/listings.hpp"
#include "tests/simulation/wire.hpp"

namespace breakerd::simulation {

/// What there was to see.
struct Seen {
  nlohmann::json status;               ///< `data` of queue-management/status
  std::vector<nlohmann::json> events;  ///< from the seq that was asked for, to the end
  std::vector<nlohmann::json> jobs;    ///< all rows, in the order of the list
  std::vector<nlohmann::json> campaigns;
  std::vector<nlohmann::json> workers;
  std::vector<nlohmann::json> job_holds;
  std::vector<nlohmann::json> limits;
  std::vector<nlohmann::json> job_types;
  std::vector<nlohmann::json> schedules;
  std::vector<nlohmann::json> commands;  ///< about many jobs, the newest first
  std::vector<nlohmann::json> parked;
  nlohmann::json rollout;                                      ///< `data` of queue-management/ramp
  std::vector<std::pair<std::uint64_t, nlohmann::json>> whys;  ///< of some jobs, why they wait
  std::vector<nlohmann::json> alone;                           ///< the same jobs, each asked for by itself
  std::vector<std::pair<Listing, nlohmann::json>> pages;  ///< some pages of the list of jobs, and what they have shown
};

/// Reads everything, page by page; nothing has changed between its first and its last call, or it begins anew (leases
/// expire at any time), up to `looks_max` times. `done` is told nullptr when an answer was lost or refused, or
/// something changed each time.
void look(Wire& wire, std::uint64_t from_seq, std::function<void(std::unique_ptr<Seen>)> done);

}  // namespace breakerd::simulation
