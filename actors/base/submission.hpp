#pragma once
// What the queue actor hands to the log actor: appends in the order they were decided.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <breakerd/actors/base/command_batch.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/storage/log/event_log.hpp>

namespace breakerd {

/// Counts how often the speculative state was thrown away. Appends decided on an older state are refused.
using Speculation = std::uint64_t;

/// Settled once, by the log actor, or by itself when it is dropped before: then its outcome is unknown. So whoever
/// waits for a batch or with `on_settled` hears of it whatever becomes of the actors. One thread at a time.
struct Submission {
  Submission() = default;
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;
  ~Submission();

  Speculation speculation = 0;
  std::uint64_t number = 0;  ///< of this speculation's submissions, ascending
  SteadyTime decided{};      ///< the time of the turn that it was decided in
  std::vector<Append> appends;

  /// Set by the log actor before settle(): one answer per append, or the one error that befell all of them.
  std::vector<Result<Appended>> answers;
  std::optional<Error> failure;

  CommandBatchPtr batch;  ///< answered by settle(): op i belongs to append i. May be null.

  /// Leases that have waited, answered by settle() behind the batch.
  struct Waiter {
    CommandBatchPtr batch;   ///< one op
    std::size_t append = 0;  ///< its place in `appends`
  };
  std::vector<Waiter> waiters;

  /// Called by settle() with what became of the first append: nothing (it is durable), or the error. May be null. From
  /// the thread that settles: must be quick and must not block.
  std::function<void(const std::optional<Error>&)> on_settled;
  /// A first append that the log had already is an error for on_settled, too: `outcome_unknown`.
  bool first_must_be_new = false;

  /// Answers whoever waits. An op whose append was not kept comes back with the error, whatever had been decided.
  void settle();

 private:
  void answer(Op& op, std::size_t append) const;

  bool settled_ = false;
};
/// About as many bytes as its events have in the log.
[[nodiscard]] std::size_t bytes_of(const Submission& submission);

/// A commit takes no more than this, or one submission: what it holds in memory has a bound, and nobody waits for long.
inline constexpr std::size_t commit_bytes_max = 4 << 20;

/// A submission that is durable so long after its decision is late.
inline constexpr std::chrono::milliseconds late_commit{10};

using SubmissionPtr = std::shared_ptr<Submission>;  ///< shared: CAF messages are copyable

/// How far the log actor has come, for the queue and the breaker to see without a message. Everything of `speculation`
/// up to `number` is committed; who knows another speculation than this one knows nothing: its state is void, and until
/// the log's Resync it has nothing to decide on. Storage trouble ends a speculation too.
struct LogProgress {
  std::atomic<std::uint64_t> number{0};
  /// The last submission that was durable long after it was decided, and when that was, in ticks of CAF's clock: what
  /// it granted is had since then only. Written before `number`.
  std::atomic<std::uint64_t> late_number{0};
  std::atomic<std::int64_t> late_at{0};
  std::atomic<Speculation> speculation{1};
  /// When the commit that is under way began, in ticks of CAF's clock; 0: none is. For the supervisor to watch.
  std::atomic<std::int64_t> commit_began{0};
};

}  // namespace breakerd
