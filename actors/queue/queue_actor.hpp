#pragma once
// The sequencer: every event gets its order in this actor, in one turn with the decision it belongs to, and leaves it
// for the log actor in that order. What is known of the queue is in QueueCore.

#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

class QueueActor final : public QueueHandle::base {
 public:
  /// `core` is loaded: a daemon whose queue cannot be read must not start.
  QueueActor(caf::actor_config& config, std::unique_ptr<QueueCore> core, LogHandle writer, const LogProgress& progress,
             Gate& gate, const Clock& wall_clock, LineSink log_line)
      : QueueHandle::base{config},
        core_{std::move(core)},
        writer_{std::move(writer)},
        progress_{progress},
        gate_{gate},
        wall_clock_{wall_clock},
        log_line_{std::move(log_line)} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void run_batch(CommandBatchPtr batch);
  void ask(Ask& request, Responder<Answer> responder);
  void run_asked();
  void change_breaker(PendingChangePtr change, Responder<BreakerCommitted> responder);
  void change_lane(const LaneChange& change, Responder<LaneCommitted> responder);
  void expire_leases();

  void plan_progress();
  void tell_progress();
  void let_rest(const CampaignId& campaign);

  void load();
  /// Starts a turn and its submission; null while the state is void.
  SubmissionPtr begin(const Moment& now);
  [[nodiscard]] bool is_current() const;
  /// Ends the turn: hands the submission to the writer without waiting for it.
  void submit(SubmissionPtr submission);
  void end_turn();
  void tell_unreadable();
  void tell_when_settled(Submission& submission);
  [[nodiscard]] Moment read_clocks();

  std::unique_ptr<QueueCore> core_;
  LogHandle writer_;
  QueueListenerHandle listener_;  ///< null: none yet
  const LogProgress& progress_;
  Gate& gate_;
  const Clock& wall_clock_;  ///< clock() is CAF's, for the steady time
  LineSink log_line_;
  Speculation speculation_ = 1;
  std::uint64_t number_ = 0;
  bool loaded_ = true;
  std::optional<SteadyTime> tick_at_;
  bool progress_planned_ = false;

  CommandBatchPtr asked_;            ///< the requests of this turn of the mailbox; null: none yet
  AskCompletion* askers_ = nullptr;  ///< who waits for them; asked_'s own
};

}  // namespace breakerd
