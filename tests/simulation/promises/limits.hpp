#pragma once
// What is promised of limits on leases (docs/http-api.md, "Limits"): no more leases at a time, and none faster, than
// they say; and the list shows those that there are, with what is used and what waits.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

class Limits {
 public:
  using Complain = std::function<void(std::string)>;
  /// `wall_is_steady`: the times of events tell how much time lies between them.
  Limits(Complain complain, bool wall_is_steady) : complain_{std::move(complain)}, wall_is_steady_{wall_is_steady} {}

  /// The next event of the log; `history` is what stands before it.
  void take(const nlohmann::json& event, const History& history);
  bool any() const { return !limits_.empty(); }
  /// Whether a limit on its service, campaign or type was ever there: it may wait while others are leased.
  bool may_keep_back(std::uint64_t job) const;
  /// Whether a limit that is there keeps back a job that is ready: as many leases are out as it allows.
  std::size_t full_on(std::uint64_t job, const History& history) const;
  /// The list, as it is shown at rest.
  void compare(const nlohmann::json& shown, const History& history, const Times& times) const;

 private:
  using Name = std::pair<std::string, std::string>;  ///< kind and name
  struct Limit {
    std::uint64_t concurrency = 0;  ///< 0: any number
    std::uint64_t rate_thousandths = 0;
    std::uint64_t burst = 0;
    double full_at_us = 0;  ///< when its bucket would be full again
  };

  std::uint64_t in_flight(const Name& name, const History& history) const;
  void leased(const std::string& at, std::uint64_t job, const std::string& time, const History& history);

  Complain complain_;
  bool wall_is_steady_;
  std::map<std::uint64_t, std::set<Name>> names_;  ///< of all jobs
  std::map<Name, Limit> limits_;
  std::set<Name> ever_;
};

}  // namespace breakerd::simulation
