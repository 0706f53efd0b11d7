#include <breakerd/actors/client/client.hpp>

#include <future>

#include <breakerd/actors/base/admission.hpp>
#include <breakerd/actors/client/callback_batch.hpp>
#include <breakerd/actors/client/callback_scope.hpp>
#include <breakerd/events/model/limits.hpp>
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

Client::Client(ClientOptions options) : options_{std::move(options)} {
  const auto within_scope = [this](auto callback) {
    return [client = this, callback = std::move(callback)](const std::string& text) {
      const CallbackScope scope{client};
      callback(text);
    };
  };
  options_.log_line = within_scope(std::move(options_.log_line));
  options_.on_fatal = within_scope(std::move(options_.on_fatal));
}

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
    client->worker_ = thread_of_actors(*client->system_);
    CoreOptions core_options;
    core_options.clock = client->options_.clock;
    core_options.randomness = client->options_.randomness;
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
Client::~Client() {
  {
    const std::unique_lock lock{closing_mutex_};
    closing_ = true;
  }
  if (core_) core_->stop();
}

bool Client::is_within_callback() const { return CallbackScope::within(this) || std::this_thread::get_id() == worker_; }

/// A call that waits for an actor on the thread this actor needs would never return. A failure is still reported.
Outcome Client::refuse_in_callback(Command command, std::string principal) {
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

Outcome Client::ask(Command command, std::string principal) {
  return guarded([&]() -> Outcome {
    if (auto ended = core_->ended()) return std::move(*ended);
    if (is_within_callback()) return refuse_in_callback(std::move(command), std::move(principal));
    const Core::Target target = Core::target_of(command);
    const auto* beat = std::get_if<Heartbeat>(&command);
    const auto timeout = request_timeout + std::chrono::milliseconds{beat == nullptr ? 0 : beat->wait_ms};
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
      self->request(core_->campaigns(), timeout, std::move(request)).receive(answered, failed);
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
  const CommandBatchPtr batch = make_callback_batch(std::move(request.command), std::move(request.principal),
                                                    std::move(on_outcome), options_.log_line, this);
  if (!admitted && !report) return batch->answer_all(admitted.error());
  const std::shared_lock lock{closing_mutex_};
  if (closing_) return batch->answer_all(make_error(ErrorCode::unavailable, "shutting down: nothing was done"));
  if (const auto ended = core_->ended()) return batch->answer_all(*ended);
  core_->dispatch(batch);
}

template <class T, class Read>
Result<T> Client::read_now(const Read& read) const {
  if (auto ended = core_->ended()) return std::move(*ended);
  auto found = [&]() -> Result<T> {
    const auto now = log_->view();
    if (!now) return now.error();
    return read(**now);
  }();
  if (!found) core_->read_damage().note(found.error());
  return found;
}

template <class Items, class Read>
Result<Items> Client::read_page(std::uint32_t limit, const Read& read) const {
  return guarded([&]() -> Result<Items> {
    if (limit == 0 || limit > limits::page_items_max)
      return invalid_field("limit", "1 to " + std::to_string(limits::page_items_max));
    return read_now<Items>(read);
  });
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

Result<bool> Client::manually_close_circuit(std::string principal, std::string reason, std::optional<Epoch> epoch) {
  return change_circuit(CloseCircuit{std::move(reason), epoch}, std::move(principal));
}

Result<bool> Client::manually_open_circuit(std::string principal, std::string reason) {
  return change_circuit(OpenCircuit{std::move(reason), {}}, std::move(principal));
}

Result<BreakerState> Client::get_global_circuit_state() const { return read_now<BreakerState>(read_breaker); }

Result<StatusView> Client::status() const { return read_now<StatusView>(read_status); }

Result<JobView> Client::enqueue(JobSpec spec) { return ask_for<JobView>(EnqueueJob{std::move(spec)}); }

Result<EnqueuedBatch> Client::enqueue_batch(std::vector<JobSpec> specs) {
  return ask_for<EnqueuedBatch>(EnqueueJobs{std::move(specs)});
}

Result<LeaseAnswer> Client::lease(LeaseJobs command) { return ask_for<LeaseAnswer>(std::move(command)); }

Result<HeartbeatAnswer> Client::heartbeat(JobId job, std::string token, std::uint32_t wait_ms) {
  return ask_for<HeartbeatAnswer>(Heartbeat{job, std::move(token), wait_ms});
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
  auto found = read_now<JobView>([&](const ReadView& now) { return read_job(now, job); });
  if (found) show_lease_time(*found);
  return found;
}

/// The rows do not have it.
void Client::show_lease_time(JobView& job) const {
  if (job.is_leased()) job.lease_expires_at = core_->lease_times().find(job.row.id).value_or(no_time);
}

Result<CampaignView> Client::create_campaign(CreateCampaign command) {
  return ask_for<CampaignView>(std::move(command));
}

Result<CampaignView> Client::change_campaign(CampaignId campaign, CampaignAction action) {
  return ask_for<CampaignView>(ChangeCampaign{campaign, std::move(action)});
}

Result<CampaignView> Client::campaign(CampaignId campaign) const {
  return read_now<CampaignView>([&](const ReadView& now) { return read_campaign(now, campaign); });
}

Result<Page<JobView>> Client::list_jobs(const JobFilter& filter, std::uint32_t limit, std::string_view cursor) const {
  auto page = read_page<Page<JobView>>(
      limit, [&](const ReadView& now) { return breakerd::list_jobs(now, filter, limit, cursor); });
  if (page)
    for (JobView& job : page->items) show_lease_time(job);
  return page;
}

Result<Page<CampaignView>> Client::list_campaigns(std::optional<CampaignStatus> status, std::uint32_t limit,
                                                  std::string_view cursor) const {
  return read_page<Page<CampaignView>>(
      limit, [&](const ReadView& now) { return breakerd::list_campaigns(now, status, limit, cursor); });
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

Result<EventPage> Client::read_events(Seq from, std::uint32_t limit, const EventFilter& filter) const {
  return read_page<EventPage>(limit,
                              [&](const ReadView& now) { return breakerd::read_events(now, from, limit, filter); });
}

Result<EventPage> Client::job_history(JobId job, Seq from, std::uint32_t limit) const {
  return read_page<EventPage>(limit, [&](const ReadView& now) -> Result<EventPage> {
    if (auto known = read_job(now, job); !known) return known.error();
    return breakerd::read_events(now, from, limit, {{}, Stream{StreamKind::job, job, {}}.to_string()});
  });
}

Result<Subscription> Client::subscribe(OnEvent on_event, std::optional<Seq> from) {
  return guarded([&]() -> Result<Subscription> {
    if (!on_event) return invalid_field("on_event", "a function");
    if (from == Seq{0}) return invalid_field("from", "at least 1, the first event's place");
    if (is_within_callback()) return refused_in_callback();
    if (auto ended = core_->ended()) return std::move(*ended);
    return subscribe_callback(*system_, core_->feed(), from.value_or(0), std::move(on_event), this, options_.log_line);
  });
}

}  // namespace breakerd
