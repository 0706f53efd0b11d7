#pragma once
// What is promised of dry runs of a close or of resume-queue: they say what their plan would do to the jobs that wait,
// exactly, as of the event that they name.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/ledger.hpp"
#include "tests/simulation/promises/plans.hpp"

namespace breakerd::simulation {

class Previews {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Previews(Complain complain) : complain_{std::move(complain)} {}

  void ended(const Ended& ended);
  /// The ledger has seen all events up to `last_seq`, and no call is under way.
  void check_places(const Ledger& ledger, std::uint64_t last_seq);
  /// `history` and `plans` are at event `seq`.
  void reached(std::uint64_t seq, const History& history, const Plans& plans);

 private:
  struct Preview {
    nlohmann::json actions;
    nlohmann::json shown;
    Step begun = 0;
    Step ended = 0;
    std::int64_t wall_begun_us = 0;  ///< 0: not known
    std::int64_t wall_ended_us = 0;
  };

  void compare(std::uint64_t seq, const Preview& preview, const History& history, const Plans& plans) const;

  Complain complain_;
  std::multimap<std::uint64_t, Preview> previews_;  ///< by the event that they name
};

}  // namespace breakerd::simulation
