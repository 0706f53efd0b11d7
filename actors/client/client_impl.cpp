#include <breakerd/actors/client/client_impl.hpp>

#include <future>

#include <breakerd/actors/base/admission.hpp>
#include <breakerd/actors/client/callback_batch.hpp>
#include <breakerd/actors/client/callback_scope.hpp>
#include <breakerd/actors/client/subscribe_callback.hpp>
#include <breakerd/storage/rocks/rocks_log.hpp>

namespace breakerd {
namespace {

Error no_answer(const caf::error& error) {
  return make_error(ErrorCode::outcome_unknown, "outcome unknown: no answer (" + caf::to_string(error) + ")");
}

Error refused_in_callback() {
  return make_error(ErrorCode::invalid,
                    "a call that waits, from within a callback or an actor of the client, would wait for itself: it is "
                    "refused; use submit(), or a thread of your own");
}

/// How long it may wait for what it asks for.
std::chrono::milliseconds wait_of(const Command& command) {
  if (const auto* beat = std::get_if<Heartbeat>(&command)) return std::chrono::milliseconds{beat->wait_ms};
  if (const auto* lease = std::get_if<LeaseJobs>(&command)) return std::chrono::milliseconds{lease->wait_ms};
  return std::chrono::milliseconds{0};
}

using ThreadPromise = std::promise<std::thread::id>;

/// The thread that system()'s actors share.
std::thread::id thread_of_actors(caf::actor_system& system) {
  const auto told = std::make_shared<ThreadPromise>();  // shared: set_value() may outlast get()
  auto id = told->get_future();
  const auto tell = [](caf::event_based_actor* /*self*/, const std::shared_ptr<ThreadPromise>& promise) {
    promise->set_value(std::this_thread::get_id());
  };
  // With an argument: CAF 0.17.6 dereferences a null pointer when it starts a function that takes none.
  system.spawn(tell, told);
  return id.get();
}

}  // namespace

Client::Impl::Impl(ClientOptions options) : options_{std::move(options)} {
  const auto within_scope = [this](auto callback) {
    return [client = static_cast<const void*>(this), callback = std::move(callback)](const std::string& text) {
      const CallbackScope scope{client};
      callback(text);
    };
  };
  options_.log_line = within_scope(std::move(options_.log_line));
  options_.on_fatal = within_scope(std::move(options_.on_fatal));
}

Result<std::unique_ptr<Client::Impl>> Client::Impl::open(ClientOptions options) {
  return guarded([&]() -> Result<std::unique_ptr<Impl>> {
    std::unique_ptr<Impl> client{new Impl{std::move(options)}};
    RocksLogOptions log_options;
    log_options.directory = client->options_.directory;
    log_options.log_line = client->options_.log_line;
    auto log = open_rocks_log(std::move(log_options));
    if (!log) return log.error();
    client->log_ = std::move(*log);
    client->system_ = std::make_unique<caf::actor_system>(client->config_);
    client->worker_ = thread_of_actors(*client->system_);
    CoreOptions core_options;
    core_options.clock = client->options_.clock;
    core_options.randomness = client->options_.randomness;
    core_options.in_flight = client->options_.in_flight;
    core_options.log_line = [line = client->options_.log_line](LineLevel, const std::string& text) { line(text); };
    core_options.on_fatal = [log_line = client->options_.log_line,
                             on_fatal = client->options_.on_fatal](const std::string& which) {
      log_line("the " + which + " actor has ended: the gate stays shut until the log is opened anew");
      on_fatal(which);
    };
    auto core = Core::start(*client->system_, *client->log_, std::move(core_options));
    if (!core) return core.error();
    client->core_ = std::move(*core);
    return client;
  });
}

/// Callbacks of subscribers go on until the core has stopped, and may use it until then.
void Client::Impl::close() {
  {
    const std::unique_lock lock{closing_mutex_};
    closing_ = true;
  }
  if (core_) core_->stop();
}

bool Client::Impl::is_within_callback() const {
  return CallbackScope::within(this) || std::this_thread::get_id() == worker_;
}

/// A call that waits for an actor on the thread this actor needs would never return. A failure is still reported.
Outcome Client::Impl::refuse_in_callback(Command command, std::string principal) {
  const bool is_report = report_in(command).has_value();
  if (!is_report) return refused_in_callback();
  submit(std::move(command), std::move(principal), [log_line = options_.log_line](const Outcome& outcome) {
    if (!outcome) log_line("a failure reported from within a callback: " + outcome.error().detail);
  });
  Error refusal = refused_in_callback();
  refusal.code = ErrorCode::outcome_unknown;
  refusal.detail += "; the failure was sent, and its outcome is not known here";
  return refusal;
}

Outcome Client::Impl::ask(Command command, std::string principal) {
  return guarded([&]() -> Outcome {
    if (auto ended = core_->ended()) return std::move(*ended);
    if (is_within_callback()) return refuse_in_callback(std::move(command), std::move(principal));
    const Core::Target target = Core::target_of(command);
    const auto timeout = request_timeout + wait_of(command);
    Ask request{std::move(command), std::move(principal)};
    Outcome outcome = Reply{};
    const auto answered = [&](Answer& answer) { outcome = std::move(answer.outcome); };
    const auto failed = [&](const caf::error& error) { outcome = no_answer(error); };
    caf::scoped_actor self{*system_};
    if (target == Core::Target::breaker)
      self->request(core_->breaker(), request_timeout, std::move(request)).receive(answered, failed);
    else if (target == Core::Target::queue)
      self->request(core_->queue(), timeout, std::move(request)).receive(answered, failed);
    else
      self->request(core_->campaigns(), timeout, std::move(request)).receive(answered, failed);
    return outcome;
  });
}

void Client::Impl::submit(Command command, std::string principal, OnOutcome on_outcome) {
  Ask request{std::move(command), std::move(principal)};
  const auto admitted = admit(request);
  auto report = admitted ? std::nullopt : report_in(request.command);
  if (report) {
    request.command = std::move(*report);
    on_outcome = [on_outcome = std::move(on_outcome), refusal = admitted.error()](Outcome recorded) {
      on_outcome(recorded ? Outcome{recorded_all_the_same(refusal)} : std::move(recorded));
    };
  }
  const CommandBatchPtr batch = make_callback_batch(std::move(request.command), std::move(request.principal),
                                                    std::move(on_outcome), options_.log_line, this);
  if (!admitted && !report) return batch->answer_all(admitted.error());
  const std::shared_lock lock{closing_mutex_};
  if (closing_) return batch->answer_all(make_error(ErrorCode::unavailable, "shutting down: nothing was done"));
  if (const auto ended = core_->ended()) return batch->answer_all(*ended);
  core_->dispatch(batch);
}

Result<bool> Client::Impl::change_circuit(Command command, std::optional<std::string> principal) {
  auto outcome = ask(std::move(command), principal ? std::move(*principal) : options_.principal);
  if (!outcome) return outcome.error();
  return std::get<CircuitAnswer>(*outcome).changed;
}

Result<Subscription> Client::Impl::subscribe(OnEvent on_event, std::optional<Seq> from) {
  return guarded([&]() -> Result<Subscription> {
    if (!on_event) return invalid_field("on_event", "a function");
    if (from == Seq{0}) return invalid_field("from", "at least 1, the first event's place");
    if (is_within_callback()) return refused_in_callback();
    if (auto ended = core_->ended()) return std::move(*ended);
    return subscribe_callback(*system_, core_->feed(), from.value_or(0), std::move(on_event), this, options_.log_line);
  });
}

}  // namespace breakerd
