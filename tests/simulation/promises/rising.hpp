#pragma once
// A number that only grows, as it was seen from outside.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Rising {
 public:
  /// An answer that ended at `ended` had this value.
  void seen(Step ended, std::uint64_t value) {
    if (!seen_.empty() && value <= seen_.back().value) return;
    seen_.push_back({ended, value});
  }
  /// The least that a call may be told that begins at `begun`; 0 when nothing is known.
  std::uint64_t floor(Step begun) const {
    for (auto entry = seen_.rbegin(); entry != seen_.rend(); ++entry) {
      if (entry->ended < begun) return entry->value;
    }
    return 0;
  }

 private:
  struct Entry {
    Step ended;
    std::uint64_t value;
  };
  std::vector<Entry> seen_;  // both ascend
};

}  // namespace breakerd::simulation
