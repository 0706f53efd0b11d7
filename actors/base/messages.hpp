#pragma once
// The messages between our actors that nobody else sends, and the interface of every actor. One comment a message. What
// others may send as well is in requests.hpp. All of them stay within one process, so none is ever serialized.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/actors/base/changes.hpp>
#include <breakerd/actors/base/command_batch.hpp>
#include <breakerd/actors/base/compat.hpp>
#include <breakerd/actors/base/event_tail.hpp>
#include <breakerd/actors/base/ready_types.hpp>
#include <breakerd/actors/base/requests.hpp>
#include <breakerd/actors/base/submission.hpp>

namespace breakerd {

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
  OperationId operation{};  ///< as Op::operation
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
  void deliver() {
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

/// Core to registry, registry to campaign: the client of a heartbeat of this job has ended its side or gone
/// (CommandBatch::client_ended). Its wait is over.
struct EndWait {
  JobId job = 0;
};

/// Core to queue: the client of this lease, which may wait, has ended its side or gone (CommandBatch::client_ended).
struct EndLeaseWait {
  CommandBatchPtr lease;
};

/// Queue to itself: leases that wait are to be offered these jobs, whose events have become durable, beside those that
/// it knows to be ready.
struct OfferReady {
  ReadyTypes types;
};

/// Queue to registry: leases of these are durable, and the queue does not know that they are awake. One for all leases
/// that became durable together, and none when all their campaigns are known to be awake.
struct FirstLeases {
  std::vector<CampaignId> campaigns;
};

/// Registry to campaign: so many of its jobs have ended.
struct Progressed {
  std::uint32_t jobs = 0;
};

/// Campaign to registry: nothing to do; let me rest.
struct Resting {
  CampaignId campaign{};
};

/// Registry to queue: this campaign has nothing to do. Is there something that it will hear of?
struct MayRest {
  CampaignId campaign{};
};

/// Queue to registry: it has no lease, and all ends of its jobs were told. From here on the queue takes it for asleep:
/// its next lease is a FirstLeases, which comes behind this. While it has leases there is no answer.
struct Rest {
  CampaignId campaign{};
};

}  // namespace breakerd

CAF_BEGIN_TYPE_ID_BLOCK(breakerd_internal, ::breakerd::first_type_id)
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::PendingChangePtr))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::BreakerCommitted))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::LaneChange))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::LaneCommitted))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Resync))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Unreadable))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::FirstLeases))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::JobsEnded))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Progressed))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Resting))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::MayRest))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Rest))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::Interruption))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::NotStopped))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::WaitForStop))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::AskAgain))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::EndWait))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::EndLeaseWait))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::OfferReady))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::CommandBatchPtr))
CAF_ADD_TYPE_ID(breakerd_internal, (breakerd::SubmissionPtr))

CAF_ADD_ATOM(breakerd_internal, breakerd, commit_atom,
             "commit")  // log to itself: everything that came before is one batch
CAF_ADD_ATOM(breakerd_internal, breakerd, overdue_atom,
             "overdue")  // breaker to itself: has somebody waited for too long?
CAF_ADD_ATOM(breakerd_internal, breakerd, run_asked_atom,
             "run_asked")  // queue to itself: run the requests that came before this
CAF_ADD_ATOM(breakerd_internal, breakerd, retry_atom, "retry")  // to oneself, later: try again what failed
CAF_ADD_ATOM(breakerd_internal, breakerd, tick_atom, "tick")    // queue to itself: leases or waits may be over
CAF_ADD_ATOM(breakerd_internal, breakerd, progress_atom,
             "progress")                                      // queue to itself: tell the campaigns what has ended
CAF_ADD_ATOM(breakerd_internal, breakerd, rest_atom, "rest")  // campaign to itself: idle for long?
CAF_ADD_ATOM(breakerd_internal, breakerd, farewell_atom, "farewell")  // registry to campaign: nothing more will come
CAF_ADD_ATOM(breakerd_internal, breakerd, attach_atom, "attach")  // to the log: send me Resync when it is time; to the
                                                                  // queue: send me what a QueueListener takes
CAF_ADD_ATOM(breakerd_internal, breakerd, end_waits_atom,
             "end_waits")  // to registry, campaign and queue: no heartbeat and no lease waits any more
CAF_ADD_ATOM(breakerd_internal, breakerd, bell_atom, "bell")  // to the feed: there are events that it has not seen
CAF_ADD_ATOM(breakerd_internal, breakerd, finish_atom,
             "finish")  // to the feed: the log ends here; tell the rest, then end
CAF_END_TYPE_ID_BLOCK(breakerd_internal)
static_assert(caf::id_block::breakerd_internal::end <= caf::id_block::breakerd::begin);

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::PendingChangePtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::BreakerCommitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::LaneChange)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::LaneCommitted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Resync)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Unreadable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::FirstLeases)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::JobsEnded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Progressed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Resting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::MayRest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Rest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::Interruption)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::NotStopped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::WaitForStop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::AskAgain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::EndWait)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::EndLeaseWait)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::OfferReady)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::CommandBatchPtr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(breakerd::SubmissionPtr)

namespace breakerd {

/// Brings committed events to subscribers.
using FeedHandle =
    FollowHandle::extend<caf::reacts_to<bell_atom>, caf::reacts_to<retry_atom>, caf::reacts_to<finish_atom>>;

/// The one writer.
using LogHandle = caf::typed_actor<caf::reacts_to<SubmissionPtr>,  // settled when it is durable or known not to be
                                   caf::reacts_to<attach_atom, caf::actor>,  // one that takes Resync
                                   caf::reacts_to<Resync>,                   // from the queue: its state is void
                                   caf::reacts_to<Unreadable>,               // from the queue: storage trouble
                                   caf::reacts_to<commit_atom>, caf::reacts_to<retry_atom>>;

/// Hears of what campaigns are concerned by, when it is committed.
using QueueListenerHandle =
    caf::typed_actor<caf::reacts_to<Interruption>,  // what may stop jobs whose heartbeats wait
                     caf::reacts_to<FirstLeases>, caf::reacts_to<JobsEnded>, caf::reacts_to<Rest>>;

/// The sequencer: all events get their order here.
using QueueHandle =
    caf::typed_actor<caf::reacts_to<CommandBatchPtr>,     // the queue's commands
                     caf::replies_to<Ask>::with<Answer>,  // one of them
                     caf::reacts_to<run_asked_atom>, caf::replies_to<PendingChangePtr>::with<BreakerCommitted>,
                     caf::replies_to<LaneChange>::with<LaneCommitted>, caf::reacts_to<attach_atom, QueueListenerHandle>,
                     caf::reacts_to<MayRest>, caf::reacts_to<Resync>, caf::reacts_to<tick_atom>,
                     caf::reacts_to<EndLeaseWait>, caf::reacts_to<OfferReady>, caf::reacts_to<end_waits_atom>,
                     caf::reacts_to<progress_atom>, caf::reacts_to<retry_atom>>;

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
                     caf::reacts_to<WaitForStop>, caf::reacts_to<AskAgain>, caf::reacts_to<EndWait>,
                     caf::reacts_to<Progressed>, caf::reacts_to<tick_atom>, caf::reacts_to<end_waits_atom>,
                     caf::reacts_to<rest_atom>, caf::reacts_to<farewell_atom>>;

/// Wakes campaigns and hands them their commands, and the heartbeats that wait.
using CampaignsHandle =
    caf::typed_actor<caf::reacts_to<CommandBatchPtr>,     // one op: CreateCampaign, ChangeCampaign, or
                                                          // a Heartbeat that waits
                     caf::replies_to<Ask>::with<Answer>,  // the same
                     caf::reacts_to<NotStopped>, caf::reacts_to<Interruption>, caf::reacts_to<EndWait>,
                     caf::reacts_to<FirstLeases>, caf::reacts_to<JobsEnded>, caf::reacts_to<Rest>,
                     caf::reacts_to<end_waits_atom>, caf::reacts_to<Resting>>;

}  // namespace breakerd
