#pragma once
// Jobs as callers saw them, kept until the log tells what there was to see.

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/ledger.hpp"

namespace breakerd::simulation {

class Sightings {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Sightings(Complain complain) : complain_{std::move(complain)} {}

  void ended(const Ended& ended);
  /// Each sighting must be what the job was at some moment while its call was under way. Forgets them.
  void compare(const History& history, const Ledger& ledger);

 private:
  struct Sighting {
    std::uint64_t job = 0;
    std::string status;
    bool has_counts = false;
    std::uint64_t attempts = 0;
    std::uint64_t expiries = 0;
    bool is_parked = false;
    Step begun = 0;
    Step ended = 0;
  };

  void row(const nlohmann::json& row, const Ended& ended);

  Complain complain_;
  std::vector<Sighting> sightings_;
};

}  // namespace breakerd::simulation
