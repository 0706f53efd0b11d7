#pragma once
// What the queue actor hands to the log actor: appends in the order they were decided.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "actors/flight.hpp"
#include "storage/event_log.hpp"

namespace breakerd {

/// Counts how often the speculative state was thrown away. Appends decided on an older state are refused.
using Speculation = std::uint64_t;

struct Submission {
  Speculation speculation = 0;
  std::uint64_t number = 0;  ///< of this speculation's submissions, ascending
  std::vector<Append> appends;

  /// Set by the log actor: one answer per append, or the one error that befell all of them.
  std::vector<Result<Appended>> answers;
  std::optional<Error> failure;

  FlightPtr flight;  ///< to be landed when the answers are there: op i belongs to append i. May be null.
};
using SubmissionPtr = std::shared_ptr<Submission>;  ///< shared: CAF messages are copyable

/// How far the log actor has come, for the queue actor to see without a message: everything of the current
/// speculation up to `number` is committed.
struct LogProgress {
  std::atomic<std::uint64_t> number{0};
};

/// Puts the answers of a submission into its flight's outcomes: an op whose append was not kept comes back with the
/// error, whatever had been decided.
void settle(Submission& submission);

}  // namespace breakerd
