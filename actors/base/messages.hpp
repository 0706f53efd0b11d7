#pragma once
// Every message between actors, and the interface of every actor. One comment a message. All of them stay within one
// process, so none is ever serialized.

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/actors/base/changes.hpp>
#include <breakerd/actors/base/command_batch.hpp>
#include <breakerd/actors/base/compat.hpp>
#include <breakerd/actors/base/event_tail.hpp>
#include <breakerd/actors/base/submission.hpp>

namespace breakerd {

/// One command as a request. Commands are those of events/model/commands.hpp. Values are checked on arrival
/// (admission.hpp): bad ones are `invalid`, with the fields named, and change nothing; except that a failure of a
/// service opens the circuit whatever else is wrong with its report. A command of another actor is `invalid` too: see
/// Core::target_of().
struct Ask {
  Command command;
  std::string principal;
};

/// What an Ask comes back with, when it is durable.
struct Answer {
  Outcome outcome = Reply{};

  static Answer of(Error error) { return {std::move(error)}; }
};

/// Breaker to queue: append this, with all that belongs to it. The queue stops leasing, or starts again, in the same
/// turn.
struct PendingChange {
  BreakerChange change;
  std::atomic<bool> is_recorded{false};  ///< set when it is durable, before anybody is told
};
using PendingChangePtr = std::shared_ptr<PendingChange>;  ///< shared: the breaker keeps it until it hears of it

/// To the breaker, from the log: it is in the log; or why not.
struct BreakerCommitted {
  Result<BreakerEffect> effect = BreakerEffect{};
  Time time{};  ///< of the events

  static BreakerCommitted of(Error error) { return {std::move(error), no_time}; }
};

/// Campaign to queue: create it, or decide this action over its lane.
struct LaneChange {
  CampaignId campaign{};
  std::optional<CreateCampaign> create;
  CampaignAction action;
  std::string principal;
};

/// To the campaign, from the log: it is in the log; or why not.
struct LaneCommitted {
  Result<CampaignEffect> effect = CampaignEffect{};

  static LaneCommitted of(Error error) { return {std::move(error)}; }
};

/// Log to queue and breaker: what you know is void; read committed state. Only submissions of this speculation count.
struct Resync {
  Speculation speculation = 0;
};

/// Queue to log: committed state cannot be read. Treated like an append that failed.
struct Unreadable {
  std::string what;
};

/// Feed to whoever subscribed: the seq of the first event that will come; or why none will. `invalid` when this log
/// ends before the seq that was asked for, `conflict` when the actor is subscribed already, `limit` when there are
/// subscribers_max of them.
struct Subscribed {
  Result<Seq> from = Seq{0};
};

/// A heartbeat that waits for a stop. Belongs to whoever has the message it is in.
struct WaitingHeartbeat {
  CommandBatchPtr batch;            ///< one op, a Heartbeat; answered when the wait is over, or when this is dropped
  std::uint64_t arrival = 0;        ///< later ones have larger numbers
  SteadyTime asked_at{};            ///< the wait begins here
  std::optional<SteadyTime> until;  ///< the end of the wait; nothing: the queue has not answered yet
  HeartbeatAnswer answer;           ///< the last one of the queue
  bool is_over = false;             ///< the next answer of the queue is given, whatever it says

  [[nodiscard]] const Heartbeat& command() const { return std::get<Heartbeat>(batch->ops.front().command); }
  /// Gives `answer` to whoever waits. Once.
  void give_answer() {
    batch->ops.front().outcome = Reply{answer};
    batch->answer();
  }
};
using WaitingHeartbeatPtr = std::shared_ptr<WaitingHeartbeat>;  ///< shared: CAF messages are copyable

/// To the registry: the queue knows of no stop for these, and `answer` is durable. They come from the thread that
/// settles, so whatever stops them later and is told by an Interruption comes behind them.
struct NotStopped {
  std::vector<WaitingHeartbeatPtr> heartbeats;
};

/// Registry to campaign: these wait.
struct WaitForStop {
  std::vector<WaitingHeartbeatPtr> heartbeats;
};

/// Registry to campaign: ask the queue again about this job, or about all that wait.
struct AskAgain {
  std::optional<JobId> job;
};

/// Campaign to registry: nothing to do; let me rest.
struct Resting {
  CampaignId campaign{};
};

}  // namespace breakerd

CAF_BEGIN_TYPE_ID_BLOCK(breakerd, breakerd::first_type_id)
CAF_ADD_TYPE_ID(breakerd, (breakerd::Ask))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Answer))
CAF_ADD_TYPE_ID(breakerd, (breakerd::PendingChangePtr))
CAF_ADD_TYPE_ID(breakerd, (breakerd::BreakerCommitted))
CAF_ADD_TYPE_ID(breakerd, (breakerd::LaneChange))
CAF_ADD_TYPE_ID(breakerd, (breakerd::LaneCommitted))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Resync))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Unreadable))
CAF_ADD_TYPE_ID(breakerd, (breakerd::CommittedEvents))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Subscribed))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Resting))
CAF_ADD_TYPE_ID(breakerd, (breakerd::Interruption))
CAF_ADD_TYPE_ID(breakerd, (breakerd::NotStopped))
CAF_ADD_TYPE_ID(breakerd, (breakerd::WaitForStop))
CAF_ADD_TYPE_ID(breakerd, (breakerd::AskAgain))
CAF_ADD_TYPE_ID(breakerd, (breakerd::CommandBatchPtr))
CAF_ADD_TYPE_ID(breakerd, (breakerd::SubmissionPtr))

CAF_ADD_ATOM(breakerd, breakerd, circuit_atom, "circuit")  // to the breaker: what is the circuit's state?
CAF_ADD_ATOM(breakerd, breakerd, commit_atom, "commit")    // log to itself: everything that came before is one batch
CAF_ADD_ATOM(breakerd, breakerd, overdue_atom, "overdue")  // breaker to itself: has somebody waited for too long?
CAF_ADD_ATOM(breakerd, breakerd, run_asked_atom, "run_asked")  // queue to itself: the requests that came before fly
CAF_ADD_ATOM(breakerd, breakerd, retry_atom, "retry")          // to oneself, later: try again what failed
CAF_ADD_ATOM(breakerd, breakerd, tick_atom, "tick")            // queue to itself: leases may be over
CAF_ADD_ATOM(breakerd, breakerd, rest_atom, "rest")            // campaign to itself: idle for long?
CAF_ADD_ATOM(breakerd, breakerd, farewell_atom, "farewell")    // registry to campaign: nothing more will come
CAF_ADD_ATOM(breakerd, breakerd, attach_atom, "attach")        // to the log: send me Resync when it is time; to the
                                                               // queue: send me Interruption
CAF_ADD_ATOM(breakerd, breakerd, end_waits_atom, "end_waits")  // to registry and campaign: no heartbeat waits any more
CAF_ADD_ATOM(breakerd, breakerd, subscribe_atom, "subscribe")  // to the feed: send me committed events
CAF_ADD_ATOM(breakerd, breakerd, leave_atom, "leave")          // to the feed: no more of them
CAF_ADD_ATOM(breakerd, breakerd, bell_atom, "bell")            // to the feed: there are events that it has not seen
CAF_ADD_ATOM(breakerd, breakerd, finish_atom, "finish")  // to the feed: the log ends here; tell the rest, then end
CAF_END_TYPE_ID_BLOCK(breakerd)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Ask)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::PendingChangePtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::BreakerCommitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::LaneChange)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::LaneCommitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Resync)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Unreadable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::CommittedEvents)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Subscribed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Resting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Interruption)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::NotStopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::WaitForStop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::AskAgain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::CommandBatchPtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::SubmissionPtr)

namespace breakerd {

/// Gets batches of committed events, in order, each event once: the next batch when it has handled the last one.
using SubscriberHandle = caf::typed_actor<caf::reacts_to<CommittedEvents>>;

/// At most so many at once.
inline constexpr std::size_t subscribers_max = 256;

/// Brings committed events to subscribers. One that ends is dropped.
using FeedHandle = caf::typed_actor<
    // Send events to the handle, from this seq on: first those that are in the log already. 0: from now on.
    caf::replies_to<subscribe_atom, SubscriberHandle, std::uint64_t>::with<Subscribed>,
    caf::reacts_to<leave_atom, SubscriberHandle>,  // nothing is sent to it after the (empty) answer
    caf::reacts_to<bell_atom>, caf::reacts_to<retry_atom>, caf::reacts_to<finish_atom>>;

/// The one writer.
using LogHandle = caf::typed_actor<caf::reacts_to<SubmissionPtr>,  // settled when it is durable or known not to be
                                   caf::reacts_to<attach_atom, caf::actor>,  // one that takes Resync
                                   caf::reacts_to<Resync>,                   // from the queue: its state is void
                                   caf::reacts_to<Unreadable>,               // from the queue: storage trouble
                                   caf::reacts_to<commit_atom>, caf::reacts_to<retry_atom>>;

/// Hears of everything that may stop jobs whose heartbeats wait, when it is committed.
using InterruptionHandle = caf::typed_actor<caf::reacts_to<Interruption>>;

/// The sequencer: all events get their order here.
using QueueHandle =
    caf::typed_actor<caf::reacts_to<CommandBatchPtr>,     // the queue's commands
                     caf::replies_to<Ask>::with<Answer>,  // one of them
                     caf::reacts_to<run_asked_atom>, caf::replies_to<PendingChangePtr>::with<BreakerCommitted>,
                     caf::replies_to<LaneChange>::with<LaneCommitted>, caf::reacts_to<attach_atom, InterruptionHandle>,
                     caf::reacts_to<Resync>, caf::reacts_to<tick_atom>, caf::reacts_to<retry_atom>>;

/// Owns the global circuit.
using BreakerHandle =
    caf::typed_actor<caf::reacts_to<CommandBatchPtr>,  // one op: RecordFailure, OpenCircuit, CloseCircuit, or FailJob
                                                       // with a service
                     caf::replies_to<Ask>::with<Answer>,           // the same
                     caf::replies_to<circuit_atom>::with<Answer>,  // the circuit as it is: a CircuitAnswer
                     caf::reacts_to<Resync>, caf::reacts_to<retry_atom>, caf::reacts_to<overdue_atom>>;

/// One campaign, while it is awake.
using CampaignHandle =
    caf::typed_actor<caf::replies_to<Ask>::with<Answer>,  // CreateCampaign or ChangeCampaign
                     caf::reacts_to<WaitForStop>, caf::reacts_to<AskAgain>, caf::reacts_to<tick_atom>,
                     caf::reacts_to<end_waits_atom>, caf::reacts_to<rest_atom>, caf::reacts_to<farewell_atom>>;

/// Wakes campaigns and hands them their commands, and the heartbeats that wait.
using CampaignsHandle = caf::typed_actor<caf::reacts_to<CommandBatchPtr>,  // one op: CreateCampaign, ChangeCampaign, or
                                                                           // a Heartbeat that waits
                                         caf::replies_to<Ask>::with<Answer>,  // the same
                                         caf::reacts_to<NotStopped>, caf::reacts_to<Interruption>,
                                         caf::reacts_to<end_waits_atom>, caf::reacts_to<Resting>>;

/// Within the core a request is answered as soon as the disk answers. After this an asker of the breaker or a campaign
/// is told that the outcome is unknown; a disk that hangs is not counted as one that failed, because it may still
/// succeed.
inline constexpr std::chrono::seconds request_timeout{60};

}  // namespace breakerd
