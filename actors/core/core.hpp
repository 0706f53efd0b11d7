#pragma once
// The running core: the log, the actors over it, and what outlives them. One per process and data directory.

#include <functional>
#include <memory>
#include <string>

#include <breakerd/actors/base/campaign_paces.hpp>
#include <breakerd/actors/base/gate.hpp>
#include <breakerd/actors/base/health.hpp>
#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/actors/base/lease_waits.hpp>
#include <breakerd/actors/base/line_sink.hpp>
#include <breakerd/actors/base/messages.hpp>
#include <breakerd/actors/base/owed_openings.hpp>
#include <breakerd/actors/log/read_damage.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/randomness.hpp>
#include <breakerd/storage/log/event_log.hpp>

namespace breakerd {

class QueueCore;

struct CoreOptions {
  /// For the wall time, and outlives the core. The steady time is the actor system's, system.clock().
  const Clock* clock = &machine_clock();
  /// For lease tokens and ids of campaigns; outlives the core.
  Randomness* randomness = &machine_randomness();
  /// What becomes of runs in flight at an opening that does not choose.
  InFlight in_flight = InFlight::stop;
  /// So many leases may wait for jobs; more are `unavailable`.
  std::size_t waiters_max = waiting_leases_max;
  /// Lines for the operator.
  LineSink log_line = [](LineLevel, const std::string&) {};
  /// A commit older than this is doubt: the gate is shut and readiness fails until it comes through. 0: none is
  /// watched.
  std::chrono::milliseconds stall_after{5'000};
  /// Called once, from an actor's thread, when an actor has ended that must not: the gate is shut and stays shut. A
  /// daemon ends its process then, and is started anew from the log.
  std::function<void(const std::string& which)> on_fatal = [](const std::string&) {};
  /// The breaker and the supervisor have threads of their own, so that they can shut the gate while the log actor waits
  /// for the disk. Without it they share the scheduler, so that a deterministic one controls them too.
  bool detach_breaker = true;
};

/// Settings of an actor system for a core: our messages, few threads, nothing on the console.
struct CoreConfig : caf::actor_system_config {
  CoreConfig();
};

/// Starts the actors. When storage trouble is pending from the run before, the circuit is opened first.
class Core {
 public:
  /// `system` and the log must outlive the core. `storage` or `corrupt` when the log cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<Core>> start(caf::actor_system& system, EventLog& log,
                                                           CoreOptions options);
  /// As stop(), whatever it gives.
  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// From now on no heartbeat and no lease waits: those that do are answered soon. For a daemon that is about to stop,
  /// before it waits for its answers. Any thread.
  void end_waits();

  /// The client of a heartbeat or a lease that may wait has ended its side or gone: it is answered soon. The lease of
  /// that heartbeat is not extended any more; that lease gets no job. `batch` is the one that was dispatched, and its
  /// answer may have come; `job` is the heartbeat's, 0 for a lease. Any thread.
  void end_wait(const CommandBatchPtr& batch, JobId job);

  /// Shuts the gate, lets what is under way come to its end, and ends the actors; waits for a commit that hangs, and
  /// for every subscriber to handle every event. Not from an actor's thread; meanwhile any thread may read gate and
  /// log. Gives how many openings that were asked for are not in the log: they were tried once more, each has a log
  /// line, and the log is marked, if it can be written, so that the next start opens the circuit. Again: gives the
  /// same. One thread.
  std::size_t stop();

  /// Why nothing is decided any more: an actor has ended. Nothing: all is well, or storage is down for a while. Any
  /// thread.
  [[nodiscard]] std::optional<Error> ended() const;

  [[nodiscard]] const LogHandle& writer() const { return writer_; }
  [[nodiscard]] const QueueHandle& queue() const { return queue_; }
  [[nodiscard]] const BreakerHandle& breaker() const { return breaker_; }
  [[nodiscard]] const CampaignsHandle& campaigns() const { return campaigns_; }
  [[nodiscard]] const FeedHandle& feed() const { return feed_; }

  /// Where a command is decided.
  enum class Target { breaker, queue, campaigns };
  [[nodiscard]] static Target target_of(const Command& command);

  /// Hands a batch of one op to the actor that decides it. One of more ops is the queue's, all of them. The gate is
  /// shut from here on when the op may open the circuit. Any thread.
  void dispatch(const CommandBatchPtr& batch);

  [[nodiscard]] EventLog& log() const { return log_; }
  [[nodiscard]] const Gate& gate() const { return gate_; }
  [[nodiscard]] const Health& health() const { return health_; }
  [[nodiscard]] const LeaseTimes& lease_times() const { return lease_times_; }
  /// How many leases wait for jobs.
  [[nodiscard]] std::size_t waiting_leases() const { return lease_waits_.count.load(std::memory_order_relaxed); }
  [[nodiscard]] const CampaignPaces& paces() const { return *paces_; }
  /// Where reads of the log tell the errors they end with.
  [[nodiscard]] ReadDamage& read_damage() { return read_damage_; }

 private:
  Core(caf::actor_system& system, EventLog& log, CoreOptions options);
  void spawn_actors(std::unique_ptr<QueueCore> queue);
  [[nodiscard]] std::size_t record_owed();

  caf::actor_system& system_;
  EventLog& log_;
  CoreOptions options_;
  Gate gate_;
  Health health_;
  LeaseTimes lease_times_;
  LeaseWaits lease_waits_;
  std::shared_ptr<CampaignPaces> paces_;  ///< shared: an actor of a campaign may end later than this
  ReadDamage read_damage_;
  LogProgress progress_;
  OwedOpenings owed_;
  std::size_t left_owed_ = 0;
  EventTail tail_;
  LogHandle writer_;
  QueueHandle queue_;
  BreakerHandle breaker_;
  CampaignsHandle campaigns_;
  FeedHandle feed_;
  caf::actor supervisor_;
};

}  // namespace breakerd
