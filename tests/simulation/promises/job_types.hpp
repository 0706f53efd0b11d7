#pragma once
// What is promised of settings of job types (docs/http-api.md, "Job types"): a job that is enqueued behind an answered
// change has the settings of its type where it does not say otherwise, and the list shows those that there are.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class JobTypes {
 public:
  using Complain = std::function<void(std::string)>;
  explicit JobTypes(Complain complain) : complain_{std::move(complain)} {}

  void begun(const Request& request);
  void ended(const Ended& ended);
  /// The next event of the log.
  void take(const nlohmann::json& event);
  /// The list, as it is shown at rest: nothing is under way any more.
  void compare(const std::vector<nlohmann::json>& shown);

 private:
  /// A type as its callers know it.
  struct Type {
    nlohmann::json settings;  ///< as they were answered; null: none
    bool is_known = true;     ///< nobody has changed it without an answer
    std::size_t under_way = 0;
    bool overlap = false;  ///< changes that were under way met
    Step changed = 0;      ///< the end of the last one
  };

  void changed(const Ended& ended);
  void check_set(const Ended& ended);
  void enqueued(const Ended& ended);
  void expect(const Ended& ended, const char* member, const nlohmann::json& expected);

  Complain complain_;
  std::map<std::string, Type> types_;
  std::map<std::string, nlohmann::json> in_log_;  ///< the data of the last JobTypeSet, of types that have settings
};

}  // namespace breakerd::simulation
