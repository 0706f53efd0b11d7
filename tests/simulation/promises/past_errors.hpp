#pragma once
// What is promised of a job's `errors`: how its last five leases that failed have ended (docs/http-api.md, "Jobs").

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace breakerd::simulation {

class PastErrors {
 public:
  using Complain = std::function<void(std::string)>;

  /// The next event of the log.
  void take(const nlohmann::json& event);
  /// A job as GET /api/v1/jobs/{id} shows it at rest.
  void compare(const nlohmann::json& job, const Complain& complain) const;

 private:
  std::map<std::uint64_t, std::string> workers_;  ///< of the last lease, by job
  std::map<std::uint64_t, nlohmann::json> errors_;
};

}  // namespace breakerd::simulation
