#pragma once
// The log: the one durable thing. An append makes events, and the projection's rows they lead to, durable and visible
// together. This interface is the seam to other engines: nothing above storage/ knows which one it talks to, and one
// conformance suite (tests/storage) runs on all of them.
//
// Threads: append() and reopen() are called by one thread at a time (the log actor's); everything else by any thread.

#include <boost/container/small_vector.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/precondition.hpp>
#include <breakerd/storage/tables/read_view.hpp>
#include <breakerd/storage/tables/row_codec.hpp>

namespace breakerd {

/// Events that belong together: all of them become part of the log, in this order and without gaps, or none.
struct Append {
  std::vector<Event> events;

  /// What must hold at this place of the log. When one does not, the append is refused with `conflict`.
  boost::container::small_vector<Precondition, 1> preconditions;

  /// Not nil: an append whose id is one of the last operations_kept that the log has is not appended again, whatever
  /// its events and preconditions are now. It is answered as the first one was. An append without events is not kept.
  OperationId operation{};
};

/// So many operations are remembered, over restarts too.
inline constexpr std::uint64_t operations_kept = 50'000;

/// Where an append's events ended up. For one without events, the place it was looked at: first = last + 1.
struct Appended {
  Seq first = 0;
  Seq last = 0;
  bool was_repeated = false;  ///< the log had it already
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  /// One durable commit for all of `appends` that are not refused; each gets its own answer, in order. When the whole
  /// comes back as an error, its outcome is unknown (docs/decisions/a-failed-append-is-unknown.md), nothing of it is
  /// visible, and every further append is `unavailable` until reopen(). Sets the events' cause where cause_index was
  /// given.
  [[nodiscard]] virtual Result<std::vector<Result<Appended>>> append(std::span<Append> appends) = 0;

  /// After storage trouble, such as a failed append: reads back what there is. The caller repeats it with backoff until
  /// it succeeds, and appends are refused until then. Views go on working meanwhile, except for the moment of the
  /// change itself. Afterwards fault_pending() is true, whatever comes of it.
  [[nodiscard]] virtual Result<void> reopen() = 0;

  /// Committed state as of now. `unavailable` when nothing can be read.
  [[nodiscard]] virtual Result<std::unique_ptr<ReadView>> view() const = 0;

  /// The last committed place.
  [[nodiscard]] virtual Position head() const = 0;

  /// True when the last run, or an append of this one, ended in storage trouble that no event tells of yet.
  [[nodiscard]] virtual bool fault_pending() const = 0;
  /// Leaves the mark of storage trouble, so that the next start opens the circuit: for whoever stops with something
  /// that could not be appended. Durable when it returns. By the appending thread.
  [[nodiscard]] virtual Result<void> mark_fault() = 0;
  /// Called when the event that tells of it is durable.
  [[nodiscard]] virtual Result<void> clear_fault() = 0;

  /// `listener` is called by the appending thread after every commit, with the new last seq. One listener; it must be
  /// quick and must not call back.
  using Listener = std::function<void(Seq)>;
  virtual void watch(Listener listener) = 0;
};

}  // namespace breakerd
