#pragma once
// Commands that travel the core together. A batch is filled by whoever asks, decided by its actor in one turn, made
// durable in one commit, and answered in one piece: hand-offs and wake-ups are paid once per batch.
//
// Every command gets exactly one answer, by construction: a batch owns the way back to whoever waits. One that is
// dropped, because an actor has ended or a message was not taken, answers by itself.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <breakerd/actors/base/gate.hpp>
#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/views.hpp>

namespace breakerd {

/// One command on its way, and its answer when it is back.
struct Op {
  Command command;
  std::string principal;
  Outcome outcome = Reply{};
  std::uint64_t tag = 0;  ///< the asker's own
  /// Of its append, when it is asked for by name. Not nil: when the log has that already, the answer is
  /// `outcome_unknown`, because what was decided now is not what was done.
  OperationId operation{};
};

/// Whoever waits for the answers of a batch.
class Completion {
 public:
  virtual ~Completion() = default;
  /// Called once, with the ops in their order and each outcome set, on the thread of an actor or of whoever let go of
  /// the batch last: must be quick and must not block.
  virtual void complete(std::vector<Op>&& ops) noexcept = 0;
};

/// One thread at a time.
class CommandBatch {
 public:
  explicit CommandBatch(std::unique_ptr<Completion> completion) : completion_{std::move(completion)} {}
  CommandBatch(const CommandBatch&) = delete;
  CommandBatch& operator=(const CommandBatch&) = delete;
  /// Not answered yet: the answer is `unavailable` (nothing was done) or, after mark_undecided(), `outcome_unknown`.
  ~CommandBatch();

  std::vector<Op> ops;
  OpeningTicket opening;  ///< of a batch to the breaker that may open the circuit
  /// Of a heartbeat or lease that waits: its client has ended its side or gone. Set by Core::end_wait().
  std::atomic<bool> client_ended{false};

  /// From now on its events may be in the log or on their way to it.
  void mark_undecided() { undecided_ = true; }

  /// Each op's outcome is set. The ops go to the completion. Must not be called twice.
  void answer();
  /// The same outcome for all ops.
  void answer_all(const Error& error);

 private:
  std::unique_ptr<Completion> completion_;  ///< null: answered
  bool undecided_ = false;
};

using CommandBatchPtr = std::shared_ptr<CommandBatch>;  ///< shared: CAF copies messages

}  // namespace breakerd
