#include <breakerd/actors/core/core.hpp>

#include <breakerd/actors/breaker/breaker_actor.hpp>
#include <breakerd/actors/campaign/campaigns_actor.hpp>
#include <breakerd/actors/core/supervisor.hpp>
#include <breakerd/actors/log/circuit_lines.hpp>
#include <breakerd/actors/log/event_feed.hpp>
#include <breakerd/actors/log/log_actor.hpp>
#include <breakerd/actors/log/recovery.hpp>
#include <breakerd/actors/queue/queue_actor.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

constexpr std::size_t messages_per_turn = 256;

/// Ends one actor and waits until it has.
template <class Handle>
void end(caf::scoped_actor& self, Handle& handle) {
  if (!handle) return;
  self->send_exit(handle, caf::exit_reason::user_shutdown);
  self->wait_for(handle);
  handle = nullptr;
}

}  // namespace

CoreConfig::CoreConfig() {
  add_message_types<caf::id_block::breakerd_internal>();
  add_message_types<caf::id_block::breakerd>();
  // Queue and log take turns on one worker, which sleeps until there is something to do
  // (docs/decisions/queue-and-log-share-a-thread.md).
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 1u);
  // Or a queue whose mailbox is never empty would keep the log from its turn.
  set("scheduler.max-throughput", std::size_t{messages_per_turn});
  set("logger.verbosity", caf::atom("quiet"));
}

Core::Core(caf::actor_system& system, EventLog& log, CoreOptions options)
    : system_{system},
      log_{log},
      options_{std::move(options)},
      paces_{std::make_shared<CampaignPaces>([&system] { return system.clock().now(); })},
      read_damage_{*options_.clock, options_.log_line} {
  lease_waits_.max = options_.waiters_max;
}

Result<std::unique_ptr<Core>> Core::start(caf::actor_system& system, EventLog& log, CoreOptions options) {
  std::unique_ptr<Core> core{new Core{system, log, std::move(options)}};
  if (log.fault_pending()) {
    auto told = record_storage_trouble(log, "the run before ended in storage trouble", core->options_.in_flight,
                                       core->options_.clock->wall());
    if (!told) return told.error();
    core->options_.log_line(LineLevel::warn, "the run before ended in storage trouble: the circuit is open");
    if (const auto line = circuit_line(told->events)) core->options_.log_line(LineLevel::info, *line);
  }
  auto view = log.view();
  if (!view) return view.error();
  auto breaker = read_breaker(**view);
  if (!breaker) return breaker.error();
  view->reset();
  auto queue = std::make_unique<QueueCore>(log, core->lease_times_, *core->options_.randomness);
  if (auto ok = queue->load({core->options_.clock->wall(), system.clock().now()}); !ok) return ok.error();
  core->tail_.add({}, log.head().seq);
  core->gate_.set_circuit(breaker->state == CircuitState::closed, breaker->epoch);
  core->health_.set_ready();
  core->spawn_actors(std::move(queue));
  return core;
}

void Core::spawn_actors(std::unique_ptr<QueueCore> queue) {
  LogContext context{log_, gate_, health_, progress_, tail_, *options_.clock, options_.in_flight, options_.log_line};
  writer_ = system_.spawn<LogActor>(std::move(context));
  queue_ = system_.spawn<QueueActor>(std::move(queue), writer_, std::cref(progress_), std::ref(gate_),
                                     std::ref(lease_waits_), std::cref(*options_.clock), options_.log_line);
  const auto spawn_watchful = [this]<class Actor, class... Arguments>(std::type_identity<Actor>,
                                                                      Arguments&&... arguments) {
    return options_.detach_breaker ? system_.spawn<Actor, caf::detached>(std::forward<Arguments>(arguments)...)
                                   : system_.spawn<Actor>(std::forward<Arguments>(arguments)...);
  };
  breaker_ = spawn_watchful(std::type_identity<BreakerActor>{}, std::ref(log_), writer_, queue_, std::cref(progress_),
                            std::ref(gate_), std::ref(health_), std::ref(owed_), std::ref(*options_.randomness),
                            options_.in_flight);
  feed_ = spawn_watchful(std::type_identity<FeedActor>{}, FeedContext{log_, tail_, options_.log_line});
  campaigns_ = system_.spawn<CampaignsActor>(std::ref(log_), queue_, std::ref(gate_), std::cref(*options_.clock),
                                             std::ref(*options_.randomness), paces_);
  Supervisor::Watched watched{{writer_.address(), "log"},
                              {queue_.address(), "queue"},
                              {breaker_.address(), "breaker"},
                              {campaigns_.address(), "campaigns"},
                              {feed_.address(), "feed"}};
  supervisor_ = spawn_watchful(
      std::type_identity<Supervisor>{}, std::move(watched),
      SupervisorContext{gate_, health_, progress_, options_.stall_after, options_.log_line, options_.on_fatal});
}

Core::~Core() { stop(); }

void Core::end_waits() {
  if (campaigns_) caf::anon_send(campaigns_, end_waits_atom_v);
  if (queue_) caf::anon_send(queue_, end_waits_atom_v);
}

void Core::end_wait(const CommandBatchPtr& batch, JobId job) {
  batch->client_ended = true;
  if (job == 0) {
    if (queue_) caf::anon_send(queue_, EndLeaseWait{batch});
  } else {
    if (campaigns_) caf::anon_send(campaigns_, EndWait{job});
  }
}

std::size_t Core::stop() {
  if (!writer_) return left_owed_;
  gate_.shut(Gate::Reason::shutdown);
  health_.set_ended("shutting down");
  caf::scoped_actor self{system_};
  // The watcher first; then whoever asks before whom it asks, so that what is under way still finds its way.
  end(self, supervisor_);
  end(self, campaigns_);
  end(self, breaker_);
  end(self, queue_);
  end(self, writer_);
  left_owed_ = record_owed();
  caf::anon_send(feed_, finish_atom_v);  // there is no more to come: it tells the rest
  self->wait_for(feed_);
  feed_ = nullptr;
  return left_owed_;
}

/// There is no writer any more but this thread.
std::size_t Core::record_owed() {
  const std::vector<OwedOpening> owed = owed_.take();
  if (owed.empty()) return 0;
  options_.log_line(LineLevel::warn,
                    "stopping with " + std::to_string(owed.size()) + " openings to be recorded: trying once more");
  const auto recorded = record_openings(log_, owed, options_.in_flight, options_.clock->wall());
  if (recorded) {
    tail_.add({}, log_.head().seq);
    options_.log_line(LineLevel::warn, "they are recorded: the circuit is open");
    return 0;
  }
  for (const OwedOpening& one : owed) options_.log_line(LineLevel::warn, "NOT RECORDED: an opening " + describe(one));
  const auto marked = log_.mark_fault();
  options_.log_line(LineLevel::warn, "storage is down: " + recorded.error().detail + "; " +
                                         (marked ? "the log is marked, and the next start opens the circuit"
                                                 : "the log could not be marked (" + marked.error().detail +
                                                       "): open the circuit by hand after the next start"));
  return owed.size();
}

std::optional<Error> Core::ended() const {
  if (!gate_.has_ended()) return std::nullopt;
  return make_error(ErrorCode::unavailable,
                    "an actor of the core has ended, which is a defect: nothing was done, and "
                    "nothing will be until the log is opened anew");
}

void Core::dispatch(const CommandBatchPtr& batch) {
  const Command& command = batch->ops.front().command;
  switch (target_of(command)) {
    case Target::breaker:
      if (asks_to_open(command)) batch->opening = OpeningTicket{gate_};
      return caf::anon_send(breaker_, batch);
    case Target::queue:
      return caf::anon_send(queue_, batch);
    case Target::campaigns:
      return caf::anon_send(campaigns_, batch);
  }
}

Core::Target Core::target_of(const Command& command) {
  if (std::holds_alternative<RecordFailure>(command) || std::holds_alternative<OpenCircuit>(command) ||
      std::holds_alternative<CloseCircuit>(command))
    return Target::breaker;
  if (std::holds_alternative<CreateCampaign>(command) || std::holds_alternative<ChangeCampaign>(command))
    return Target::campaigns;
  if (const auto* beat = std::get_if<Heartbeat>(&command)) return beat->wait_ms > 0 ? Target::campaigns : Target::queue;
  const auto* report = std::get_if<FailJob>(&command);
  return report != nullptr && !report->service.empty() ? Target::breaker : Target::queue;
}

}  // namespace breakerd
