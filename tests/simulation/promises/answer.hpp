#pragma once
// An answer, read once, and what the documents say of answers in general.

#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/simulation/promises/request.hpp"

namespace breakerd::simulation {

/// A place in the order of all that was seen to begin and to end.
using Step = std::uint64_t;
constexpr Step never = std::numeric_limits<Step>::max();

/// What a call may have done.
enum class Outcome {
  done,     ///< answered as a success
  nothing,  ///< refused, or not done
  unknown,  ///< nobody knows
};

/// A call that has come to its end, and when.
struct Ended {
  const Request& request;
  Step begun = 0;
  Step ended = 0;
  std::int64_t begun_ms = 0;
  std::int64_t ended_ms = 0;
  std::uint64_t call = 0;
  std::string user;
  Outcome outcome = Outcome::unknown;
  int status = 0;                  ///< 0: lost
  nlohmann::json data;             ///< of a success; null when there is none
  nlohmann::json problem;          ///< of a refusal; null when there is none
  bool is_careful = false;         ///< the user sends nothing that is not as the documents have it
  std::int64_t wall_begun_us = 0;  ///< the calendar's time; 0: not known, or it has jumped meanwhile
  std::int64_t wall_ended_us = 0;

  bool ok() const { return outcome == Outcome::done; }
  std::string code() const { return problem.is_object() ? problem.value("code", "") : ""; }
  /// A report that was refused and yet was recorded.
  bool recorded_all_the_same() const;
  /// The daemon has promised to record it when it can.
  bool is_recorded_later() const;
  /// A success that says that it changed nothing; the calls have different words for it.
  bool says_nothing_changed() const;
  /// The circuit was open, durably or in the daemon's mind, at some moment of this call because of it.
  bool opened_for_certain() const;
};

/// A lease that settled something and was to wait, and has no jobs before its time: what befell the wait is not told,
/// and jobs may have been leased of which nobody hears.
bool may_be_cut_short(const Ended& ended);

/// Reads the answer into `ended`, and calls `complain` with a sentence for each way in which it is not one that the
/// documents name for this call.
void read_answer(const Call& call, const std::optional<Response>& response, Ended& ended,
                 const std::function<void(std::string)>& complain);

}  // namespace breakerd::simulation
