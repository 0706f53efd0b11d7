#pragma once
// What is promised of reading events: dense, ascending, and the same whenever they are read again.

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/promises/rising.hpp"

namespace breakerd::simulation {

class EventsSeen {
 public:
  using Complain = std::function<void(std::string)>;
  explicit EventsSeen(Complain complain) : complain_{std::move(complain)} {}

  /// Looks at the answers of GET /events and at the `last_seq` of the status.
  void ended(const Ended& ended);

 private:
  void page(const Ended& ended);
  void event(const nlohmann::json& event);

  Complain complain_;
  std::vector<std::size_t> seen_;  // by seq: a hash of all that was shown; 0: not seen
  Rising last_seq_;
};

}  // namespace breakerd::simulation
