#include "actors/client.hpp"

#include "actors/admission.hpp"
#include "actors/callback_flight.hpp"
#include "storage/rocks_log.hpp"
#include "storage/views.hpp"

namespace breakerd {
namespace {

using OnEvent = std::function<void(const CommittedEvent&)>;
using LogLine = std::function<void(const std::string&)>;

/// One that throws has had that event, and gets the next.
void call(const OnEvent& on_event, const CommittedEvent& event, const LogLine& log_line) {
  try {
    on_event(event);
  } catch (const std::exception& error) {
    log_line("a subscriber threw at event " + std::to_string(event.seq) + ": " + error.what());
  } catch (...) {
    log_line("a subscriber threw at event " + std::to_string(event.seq));
  }
}

SubscriberHandle::behavior_type subscriber(const OnEvent& on_event, const LogLine& log_line) {
  return {[on_event, log_line](const CommittedEvents& events) {
    for (const CommittedEvent& event : *events) call(on_event, event, log_line);
  }};
}

Error no_answer(const caf::error& error) {
  return make_error(ErrorCode::outcome_unknown, "outcome unknown: no answer (" + caf::to_string(error) + ")");
}

/// Nothing that a library throws gets past the client.
template <class Call>
auto guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    return make_error(ErrorCode::unavailable, error.what());
  }
}

}  // namespace

Client::Client(ClientOptions options) : options_{std::move(options)} {}

Result<std::unique_ptr<Client>> Client::open(ClientOptions options) {
  return guarded([&]() -> Result<std::unique_ptr<Client>> {
    std::unique_ptr<Client> client{new Client{std::move(options)}};
    RocksLogOptions log_options;
    log_options.directory = client->options_.directory;
    log_options.log_line = client->options_.log_line;
    auto log = open_rocks_log(std::move(log_options));
    if (!log) return log.error();
    client->log_ = std::move(*log);
    client->system_ = std::make_unique<caf::actor_system>(client->config_);
    CoreOptions core_options;
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

/// A subscriber that nobody refers to any more ends when it has handled what it got; the system waits for it.
Client::~Client() {
  {
    const std::unique_lock lock{closing_mutex_};
    closing_ = true;
  }
  core_.reset();
}

Outcome Client::ask(Command command, std::string principal) {
  return guarded([&]() -> Outcome {
    if (auto ended = core_->ended()) return std::move(*ended);
    const Core::Target target = Core::target_of(command);
    Ask request{std::move(command), std::move(principal)};
    Outcome outcome = Reply{};
    const auto answered = [&](Answer& answer) { outcome = std::move(answer.outcome); };
    const auto failed = [&](const caf::error& error) { outcome = no_answer(error); };
    caf::scoped_actor self{*system_};
    if (target == Core::Target::breaker)
      self->request(core_->breaker(), request_timeout, std::move(request)).receive(answered, failed);
    else if (target == Core::Target::queue)
      self->request(core_->queue(), request_timeout, std::move(request)).receive(answered, failed);
    else
      self->request(core_->campaigns(), request_timeout, std::move(request)).receive(answered, failed);
    return outcome;
  });
}

void Client::submit(Command command, std::string principal, OnOutcome on_outcome) {
  Ask request{std::move(command), std::move(principal)};
  const auto admitted = admit(request);
  auto report = admitted ? std::nullopt : report_in(request.command);
  if (report) {
    request.command = std::move(*report);
    on_outcome = [on_outcome = std::move(on_outcome), refusal = admitted.error()](Outcome recorded) {
      on_outcome(recorded ? Outcome{recorded_all_the_same(refusal)} : std::move(recorded));
    };
  }
  const FlightPtr flight = make_callback_flight(std::move(request.command), std::move(request.principal),
                                                std::move(on_outcome), options_.log_line);
  if (!admitted && !report) return flight->answer_all(admitted.error());
  const std::shared_lock lock{closing_mutex_};
  if (closing_) return flight->answer_all(make_error(ErrorCode::unavailable, "shutting down: nothing was done"));
  if (const auto ended = core_->ended()) return flight->answer_all(*ended);
  core_->dispatch(flight);
}

Result<std::unique_ptr<ReadView>> Client::view() const {
  if (auto ended = core_->ended()) return std::move(*ended);
  return log_->view();
}

template <class R>
Result<R> Client::ask_for(Command command) {
  auto outcome = ask(std::move(command), options_.principal);
  if (!outcome) return outcome.error();
  return std::get<R>(std::move(*outcome));
}

Result<bool> Client::change_circuit(Command command, std::string principal) {
  auto outcome = ask(std::move(command), std::move(principal));
  if (!outcome) return outcome.error();
  return std::get<CircuitAnswer>(*outcome).changed;
}

Result<bool> Client::record_failure(std::string error, std::string error_type, std::string service) {
  return change_circuit(RecordFailure{std::move(error), std::move(error_type), std::move(service), 0, {}},
                        options_.principal);
}

Result<bool> Client::manually_close_circuit(std::string principal, std::string reason) {
  return change_circuit(CloseCircuit{std::move(reason), std::nullopt}, std::move(principal));
}

Result<bool> Client::manually_open_circuit(std::string principal, std::string reason) {
  return change_circuit(OpenCircuit{std::move(reason), {}}, std::move(principal));
}

Result<BreakerState> Client::get_global_circuit_state() const {
  auto now = view();
  if (!now) return now.error();
  return read_breaker(**now);
}

Result<StatusView> Client::status() const {
  auto now = view();
  if (!now) return now.error();
  return read_status(**now);
}

Result<JobView> Client::enqueue(JobSpec spec) { return ask_for<JobView>(EnqueueJob{std::move(spec)}); }

Result<EnqueuedBatch> Client::enqueue_batch(std::vector<JobSpec> specs) {
  return ask_for<EnqueuedBatch>(EnqueueJobs{std::move(specs)});
}

Result<LeaseAnswer> Client::lease(LeaseJobs command) { return ask_for<LeaseAnswer>(std::move(command)); }

Result<HeartbeatAnswer> Client::heartbeat(JobId job, std::string token) {
  return ask_for<HeartbeatAnswer>(Heartbeat{job, std::move(token)});
}

Result<JobView> Client::complete(JobId job, std::string token, std::string result) {
  return ask_for<JobView>(CompleteJob{job, std::move(token), std::move(result)});
}

Result<JobView> Client::fail(FailJob command) { return ask_for<JobView>(std::move(command)); }

Result<JobView> Client::release(JobId job, std::string token) {
  return ask_for<JobView>(ReleaseJob{job, std::move(token)});
}

Result<JobView> Client::cancel(JobId job, std::string reason) {
  return ask_for<JobView>(CancelJob{job, std::move(reason)});
}

Result<JobView> Client::job(JobId job) const {
  auto now = view();
  if (!now) return now.error();
  auto found = read_job(**now, job);
  if (found && found->is_leased()) found->lease_expires_at = core_->lease_times().find(job).value_or(no_time);
  return found;
}

Result<CampaignView> Client::create_campaign(CreateCampaign command) {
  return ask_for<CampaignView>(std::move(command));
}

Result<CampaignView> Client::change_campaign(CampaignId campaign, CampaignAction action) {
  return ask_for<CampaignView>(ChangeCampaign{campaign, std::move(action)});
}

Result<CampaignView> Client::campaign(CampaignId campaign) const {
  auto now = view();
  if (!now) return now.error();
  return read_campaign(**now, campaign);
}

Result<HoldsAnswer> Client::resume_queue(std::string reason) {
  return ask_for<HoldsAnswer>(ResumeQueue{std::move(reason)});
}

Result<HoldsAnswer> Client::pause_campaigns_for_service(std::string service, std::string reason) {
  return ask_for<HoldsAnswer>(PauseCampaignsForService{std::move(service), std::move(reason)});
}

Result<HoldsAnswer> Client::resume_campaigns_for_service(std::string service, std::string reason) {
  return ask_for<HoldsAnswer>(ResumeCampaignsForService{std::move(service), std::move(reason)});
}

Result<Seq> Client::subscribe(std::function<void(const CommittedEvent&)> on_event) {
  return guarded([&]() -> Result<Seq> {
    SubscriberHandle handle = system_->spawn(subscriber, std::move(on_event), options_.log_line);
    if (auto ended = core_->ended()) return std::move(*ended);
    Result<Seq> after = Seq{0};
    caf::scoped_actor self{*system_};
    self->request(core_->writer(), request_timeout, subscribe_atom_v, handle)
        .receive([&](std::uint64_t seq) { after = seq; }, [&](const caf::error& error) { after = no_answer(error); });
    return after;
  });
}

}  // namespace breakerd
