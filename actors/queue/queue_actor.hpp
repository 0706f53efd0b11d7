#pragma once
// The sequencer: every event gets its order in this actor, in one turn with the decision it belongs to, and leaves it
// for the log actor in that order. What is known of the queue is in QueueCore.

#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/actors/base/lease_waits.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/queue/lease_waiters.hpp>
#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

class QueueActor final : public QueueHandle::base {
 public:
  /// `core` is loaded: a daemon whose queue cannot be read must not start.
  QueueActor(caf::actor_config& config, std::unique_ptr<QueueCore> core, LogHandle writer, const LogProgress& progress,
             Gate& gate, LeaseWaits& waits, const Clock& wall_clock, LineSink log_line)
      : QueueHandle::base{config},
        core_{std::move(core)},
        writer_{std::move(writer)},
        progress_{progress},
        gate_{gate},
        waits_{waits},
        wall_clock_{wall_clock},
        log_line_{std::move(log_line)},
        waiters_{core_->lease_times()} {}

 protected:
  behavior_type make_behavior() override;
  void on_exit() override;

 private:
  void catch_up();
  void run_batch(CommandBatchPtr batch);
  void ask(Ask& request, Responder<Answer> responder);
  void run_asked();
  void change_breaker(PendingChangePtr change, Responder<BreakerCommitted> responder);
  void change_lane(const LaneChange& change, Responder<LaneCommitted> responder);
  void tick();

  // leases that wait (queue_waits.cpp)
  void lease_or_wait(CommandBatchPtr batch);
  void offer_ready(Submission& submission, const Moment& now);
  void offer_again(const OfferReady& more);
  bool end_due_waits(Submission& submission, const Moment& now);
  void refuse_due_waits(SteadyTime now);
  void end_wait(const CommandBatchPtr& lease);
  void end_waits();
  void waits_changed();

  void plan_progress();
  void tell_progress();
  void let_rest(const CampaignId& campaign);

  void load();
  /// Starts a turn and its submission; null while the state is void.
  SubmissionPtr begin(const Moment& now);
  [[nodiscard]] bool is_current() const;
  /// What is answered while it is not.
  [[nodiscard]] static Error state_is_void();
  /// Ends the turn: hands the submission to the writer without waiting for it.
  void submit(SubmissionPtr submission, const Moment& now);
  void end_turn();
  /// For what is next: a lease that ends, a job whose time comes, a wait that is over, jobs that could not be offered.
  void plan_tick(bool of_queue);
  void tell_unreadable();
  void tell_when_settled(Submission& submission);
  [[nodiscard]] Moment read_clocks();

  std::unique_ptr<QueueCore> core_;
  LogHandle writer_;
  QueueListenerHandle listener_;  ///< null: none yet
  const LogProgress& progress_;
  Gate& gate_;
  LeaseWaits& waits_;
  const Clock& wall_clock_;  ///< clock() is CAF's, for the steady time
  LineSink log_line_;
  Speculation speculation_ = 1;
  std::uint64_t number_ = 0;
  bool loaded_ = true;
  std::optional<SteadyTime> tick_at_;
  bool progress_planned_ = false;

  LeaseWaiters waiters_;
  std::optional<SteadyTime>
      offer_at_;              ///< when to look again for jobs that could not be leased; nothing: there is none
  bool waits_ended_ = false;  ///< nobody waits any more

  CommandBatchPtr asked_;            ///< the requests of this turn of the mailbox; null: none yet
  AskCompletion* askers_ = nullptr;  ///< who waits for them; asked_'s own
};

}  // namespace breakerd
