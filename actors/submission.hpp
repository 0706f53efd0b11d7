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

/// How far the log actor has come, for the queue and the breaker to see without a message. Everything of `speculation`
/// up to `number` is committed; who knows another speculation than this one knows nothing: its state is void, and until
/// the log's Resync it has nothing to decide on. Storage trouble ends a speculation too.
struct LogProgress {
  std::atomic<std::uint64_t> number{0};
  std::atomic<Speculation> speculation{1};
};

/// Puts the answers of a submission into its flight's outcomes: an op whose append was not kept comes back with the
/// error, whatever had been decided.
void settle(Submission& submission);

}  // namespace breakerd
