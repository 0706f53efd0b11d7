#pragma once
// Owns the one global circuit. Decides one command at a time; shuts the gate as soon as an opening is heard of, so that
// nothing is let through while it is on its way to the disk.

#include <deque>
#include <optional>
#include <string>

#include <breakerd/actors/base/gate.hpp>
#include <breakerd/actors/base/health.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/base/owed_openings.hpp>
#include <breakerd/actors/base/token.hpp>

namespace breakerd {

class BreakerActor final : public BreakerHandle::base {
 public:
  BreakerActor(caf::actor_config& config, EventLog& log, LogHandle writer, QueueHandle queue,
               const LogProgress& progress, Gate& gate, Health& health, OwedOpenings& left_behind,
               Randomness& randomness, InFlight in_flight)
      : BreakerHandle::base{config},
        log_{log},
        writer_{std::move(writer)},
        queue_{std::move(queue)},
        progress_{progress},
        gate_{gate},
        health_{health},
        left_behind_{left_behind},
        random_{randomness},
        in_flight_{in_flight} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  /// One command, until nothing is left to be done for it.
  struct Turn {
    Command command;
    std::string principal;
    OpeningTicket opening;  ///< of a command that may open the circuit
    OperationId operation;  ///< of such a command, or one that was asked for by name: the same at each try
    CommandBatchPtr batch;  ///< who waits; null: was answered
    caf::actor_clock::time_point since{};
    bool owed = false;  ///< an opening that could not be recorded before
  };
  /// The turn whose change is at the queue or on its way through the log.
  struct UnderWay {
    Turn turn;
    PendingChangePtr pending;
    Speculation speculation = 0;  ///< that it was decided in
    bool overdue = false;         ///< its asker was told that the outcome is unknown
  };

  void take(CommandBatchPtr batch);
  void next();
  void run(Turn turn);
  [[nodiscard]] Result<std::optional<BreakerChange>> decide_change(const Turn& turn);
  void change(Turn turn, BreakerChange wanted);
  void finish(BreakerCommitted& result);
  [[nodiscard]] Outcome evolve_by(const UnderWay& from, BreakerCommitted& result);
  void refuse(Turn turn, const Error& error);
  void refuse_one_too_many(Turn turn);
  /// How many openings wait for their turn whose askers were told that they will be recorded.
  [[nodiscard]] std::size_t promised() const;
  void owe(Turn turn);
  void leave_behind(Turn& turn, PendingChangePtr pending);
  [[nodiscard]] bool owes() const { return !owed_.empty() || (under_way_ && under_way_->turn.owed); }
  /// True when what is under way may take long.
  [[nodiscard]] bool is_stuck() const;
  void answer_overdue();
  void plan_overdue();
  /// False when the state cannot be known. Reads it again if what is known of it is void.
  [[nodiscard]] bool knows_state();

  EventLog& log_;
  LogHandle writer_;
  QueueHandle queue_;
  const LogProgress& progress_;
  Gate& gate_;
  Health& health_;
  OwedOpenings& left_behind_;
  RandomSource random_;
  const InFlight in_flight_;     ///< of openings that do not choose
  BreakerState state_;           ///< as committed
  Speculation speculation_ = 0;  ///< that state_ was read in
  bool loaded_ = false;

  std::optional<UnderWay> under_way_;
  std::deque<Turn> waiting_;  ///< for their turn, in the order they came
  std::deque<Turn> owed_;     ///< openings that could not be recorded yet; bounded
  bool retry_due_ = false;    ///< owed_ comes before waiting_
  bool retry_sent_ = false;
  bool overdue_sent_ = false;
};

}  // namespace breakerd
