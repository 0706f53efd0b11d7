#pragma once
// What actors of somebody else's may ask of ours: the messages, and the interfaces that take them. A program reaches
// them through client_actors.hpp. All of it stays within one process, so nothing is ever serialized.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include <breakerd/actors/base/compat.hpp>
#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/event.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// One command as a request. Commands are those of events/model/commands.hpp. Values are checked on arrival
/// (admission.hpp): bad ones are `invalid`, with the fields named, and change nothing; except that a failure of a
/// service opens the circuit whatever else is wrong with its report. A command of another actor is `invalid` too
/// (client_actors.hpp says which is whose).
struct Ask {
  Command command;
  std::string principal;
  /// Not nil: its events are appended under this id. One that the log has already is not done again, and the answer is
  /// `outcome_unknown`.
  OperationId operation{};
};

/// What an Ask comes back with, when it is durable.
struct Answer {
  Outcome outcome = Reply{};

  static Answer of(Error error) { return {std::move(error)}; }
};

/// Feed to whoever subscribed: the seq of the first event that will come; or why none will. `invalid` when this log
/// ends before the seq that was asked for, `conflict` when the actor is subscribed already, `limit` when there are
/// subscribers_max of them.
struct Subscribed {
  Result<Seq> from = Seq{0};
};

}  // namespace breakerd

CAF_BEGIN_TYPE_ID_BLOCK(breakerd, breakerd::first_type_id + breakerd::internal_type_ids)
CAF_ADD_TYPE_ID(breakerd, (breakerd::Ask))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Answer))
CAF_ADD_TYPE_ID(breakerd, (breakerd::CommittedEvents))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Subscribed))

CAF_ADD_ATOM(breakerd, breakerd, circuit_atom, "circuit")      // to the breaker: what is the circuit's state?
CAF_ADD_ATOM(breakerd, breakerd, subscribe_atom, "subscribe")  // to the feed: send me committed events
CAF_ADD_ATOM(breakerd, breakerd, leave_atom, "leave")          // to the feed: no more of them
CAF_END_TYPE_ID_BLOCK(breakerd)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::CommittedEvents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Subscribed)

namespace breakerd {

/// Gets batches of committed events, in order, each event once: the next batch when it has handled the last one.
using SubscriberHandle = caf::typed_actor<caf::reacts_to<CommittedEvents>>;

/// At most so many at once.
inline constexpr std::size_t subscribers_max = 256;

/// Takes commands.
using AskHandle = caf::typed_actor<caf::replies_to<Ask>::with<Answer>>;

/// Takes the commands of the circuit, and tells its state: a CircuitAnswer.
using CircuitHandle = caf::typed_actor<caf::replies_to<Ask>::with<Answer>, caf::replies_to<circuit_atom>::with<Answer>>;

/// Brings committed events to subscribers. One that ends is dropped.
using FollowHandle = caf::typed_actor<
    // Send events to the handle, from this seq on: first those that are in the log already. 0: from now on.
    caf::replies_to<subscribe_atom, SubscriberHandle, std::uint64_t>::with<Subscribed>,
    caf::reacts_to<leave_atom, SubscriberHandle>>;  // nothing is sent to it after the (empty) answer

/// Within the core a request is answered as soon as the disk answers. After this an asker of the breaker or a campaign
/// is told that the outcome is unknown; a disk that hangs is not counted as one that failed, because it may still
/// succeed.
inline constexpr std::chrono::seconds request_timeout{60};

}  // namespace breakerd
