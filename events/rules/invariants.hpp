#pragma once
// What always holds: of the state where an append ends, and of the step that an append takes. Each has a name, and a
// sentence that says what holds. The rules (fold.hpp) say what may follow what; these say what they must add up to, and
// are written without looking at how the rules get there. Pure. What they cost: of the whole, a few sums over the
// holds; of a job and a step, a few comparisons; of the holds, n log n in their number; of a lane, the number of its
// types.
//
// Who runs them: fold's tests after every event, all of them. `verify` and `replay` where an append may end: those of
// the step, the whole and the job that changed; those of the holds when they may have changed; those of each lane at
// the log's end. The log, on what it is about to write and on what it has read: all but those of the step.

#include <span>
#include <string_view>

#include <breakerd/events/model/error.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// What is kept of the whole, where an append ends.
struct Whole {
  const BreakerState& breaker;
  const QueueState& queue;
};

/// The living holds. They change with events of the breaker and the queue alone.
struct Holds {
  const BreakerState& breaker;
  const QueueState& queue;
};

/// A lane, where an append ends.
struct LaneOf {
  const LaneRow& row;
  bool is_default = false;
};

/// The numbers that the whole goes by.
struct Marks {
  bool is_open = false;
  Epoch epoch = 0;
  std::uint64_t failures = 0;
  InFlight in_flight = InFlight::stop;
  JobId last_job = 0;
  Ordinal last_ordinal = 0;
  std::uint64_t campaigns = 0;
};
[[nodiscard]] Marks marks_of(const Whole& whole);

/// From where one append ends to where a later one does, with all events between.
struct Step {
  Marks before;
  std::span<const Event> events;
  Marks after;
};

template <class State>
struct Invariant {
  std::string_view name;
  std::string_view sentence;
  bool (*holds)(const State&);
};

[[nodiscard]] std::span<const Invariant<Whole>> whole_invariants();
[[nodiscard]] std::span<const Invariant<Holds>> hold_invariants();
[[nodiscard]] std::span<const Invariant<JobRow>> job_invariants();
[[nodiscard]] std::span<const Invariant<LaneOf>> lane_invariants();
[[nodiscard]] std::span<const Invariant<Step>> step_invariants();

/// `corrupt`, with name and sentence of the first one that does not hold.
[[nodiscard]] Result<void> check(const Whole& whole);
[[nodiscard]] Result<void> check(const Holds& holds);
[[nodiscard]] Result<void> check(const JobRow& job);
[[nodiscard]] Result<void> check(const LaneOf& lane);
[[nodiscard]] Result<void> check(const Step& step);

}  // namespace breakerd
