#pragma once
// What is promised of the progress that workers report (docs/http-api.md, heartbeat): it is shown while the lease
// lives, the newest one, and is lost at most with the daemon's memory.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"

namespace breakerd::simulation {

class ProgressReports {
 public:
  using Complain = std::function<void(std::string)>;

  void ended(const Ended& ended);
  /// What was in memory may be lost.
  void trouble(Step now) { lost_ = now; }
  /// A job as it is shown at rest.
  void compare(const nlohmann::json& row, const History& history, const Complain& complain) const;

 private:
  struct Report {
    Step begun = 0;
    Step ended = 0;
    bool is_kept = false;  ///< for certain
    nlohmann::json progress;
  };

  std::map<std::pair<std::uint64_t, std::string>, std::vector<Report>> reports_;  ///< by job and digest of the token
  Step lost_ = 0;
};

}  // namespace breakerd::simulation
