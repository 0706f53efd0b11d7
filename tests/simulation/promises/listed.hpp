#pragma once
// What is promised of the list of jobs that is read page by page: all jobs, in the order of their ids, whatever is read
// or fails meanwhile.

#include <functional>
#include <string>

#include "tests/simulation/promises/rising.hpp"

namespace breakerd::simulation {

class Listed {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Listed(Complain complain) : complain_{std::move(complain)} {}

  /// Looks at the answers to enqueues, and at pages that nothing was left out of.
  void ended(const Ended& ended);

 private:
  void page(const Ended& ended) const;

  Complain complain_;
  Rising last_id_;  ///< of the jobs that were acknowledged
};

}  // namespace breakerd::simulation
