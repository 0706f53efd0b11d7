#pragma once
// breakerd within a C++ program: the same actors, log and rules as the daemon's, without HTTP.
//
//   auto opened = breakerd::Client::open({.directory = "/var/lib/mine"});
//   if (!opened) return fail_with(opened.error().detail);
//   breakerd::Client& client = **opened;
//   if (!client.should_allow_request()) ...
//   auto tripped = client.record_failure("429 Too Many Requests", "rate_limit");
//
// Threads: every blocking call, subscribe() too, may be made from any number of threads at once that are not the actor
// system's (from within an actor use requests to the handles). should_allow_request() may be called from any thread.
// Opening and destroying a client are one thread's business, with no call under way. A call returns when what it did is
// durable, or with an error: `unavailable` (nothing was done), `outcome_unknown` (it may or may not have been kept), or
// the refusal of a rule. No call throws.

#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "actors/core.hpp"
#include "events/commands.hpp"
#include "events/views.hpp"

namespace breakerd {

struct ClientOptions {
  std::filesystem::path directory;       ///< of the log; made when it is missing; one process at a time
  std::string principal = "in-process";  ///< who the log names for calls that are not told
  /// Lines for the operator; called from any thread. Must not throw, and must not call the client.
  std::function<void(const std::string&)> log_line = [](const std::string&) {};
  /// Called once, from an actor's thread, with the name of an actor that has ended and must not: a defect. From then on
  /// should_allow_request() is false and every call is `unavailable`; end the client, or the process, and open anew.
  /// Must not throw, and must not call the client.
  std::function<void(const std::string& which)> on_fatal = [](const std::string&) {};
};

class Client {
 public:
  /// `corrupt` when the log contradicts itself; `storage` when it cannot be opened, for instance because another client
  /// or process has it.
  [[nodiscard]] static Result<std::unique_ptr<Client>> open(ClientOptions options);
  /// Shuts the gate, lets what is under way come to its end (Core::stop()), gives subscribers the last events, waits
  /// until every actor in system() has ended, and closes the log. Not from an actor's thread.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // --- the circuit ---

  /// One atomic load. False when the circuit is OPEN, and whenever in doubt.
  [[nodiscard]] bool should_allow_request() const noexcept { return core_->gate().allows(); }

  /// True when this failure opened the circuit; false when it was OPEN already and the failure was added. A report is
  /// never lost: a label that is no service name is `invalid`, and the circuit is open all the same (what_counts()).
  [[nodiscard]] Result<bool> record_failure(std::string error, std::string error_type, std::string service = {});
  /// True when it was closed by this call; false when it was CLOSED already.
  [[nodiscard]] Result<bool> manually_close_circuit(std::string principal, std::string reason);
  /// True when it was opened by this call; false when it was OPEN already.
  [[nodiscard]] Result<bool> manually_open_circuit(std::string principal, std::string reason);
  [[nodiscard]] Result<BreakerState> get_global_circuit_state() const;
  [[nodiscard]] Result<StatusView> status() const;

  // --- jobs ---

  [[nodiscard]] Result<JobView> enqueue(JobSpec spec);
  [[nodiscard]] Result<EnqueuedBatch> enqueue_batch(std::vector<JobSpec> specs);
  [[nodiscard]] Result<LeaseAnswer> lease(LeaseJobs command);
  [[nodiscard]] Result<HeartbeatAnswer> heartbeat(JobId job, std::string token);
  /// `result` is JSON text; empty: null.
  [[nodiscard]] Result<JobView> complete(JobId job, std::string token, std::string result = {});
  /// With a service in the command it is a service failure and opens the circuit.
  [[nodiscard]] Result<JobView> fail(FailJob command);
  [[nodiscard]] Result<JobView> release(JobId job, std::string token);
  [[nodiscard]] Result<JobView> cancel(JobId job, std::string reason);
  [[nodiscard]] Result<JobView> job(JobId job) const;

  // --- campaigns and holds ---

  [[nodiscard]] Result<CampaignView> create_campaign(CreateCampaign command);
  /// Start, pause, resume, seal, fail, cancel or update.
  [[nodiscard]] Result<CampaignView> change_campaign(CampaignId campaign, CampaignAction action);
  [[nodiscard]] Result<CampaignView> campaign(CampaignId campaign) const;
  [[nodiscard]] Result<HoldsAnswer> resume_queue(std::string reason = {});
  [[nodiscard]] Result<HoldsAnswer> pause_campaigns_for_service(std::string service, std::string reason);
  [[nodiscard]] Result<HoldsAnswer> resume_campaigns_for_service(std::string service, std::string reason = {});

  // --- the log ---

  /// Committed events from now on, in order, each once, up to the last one before the client is gone. Called from an
  /// actor's thread, never from two at once: it must not block, and must not call the client. What it throws goes to
  /// log_line, and the next event comes. The subscription lives as long as the client. Gives the seq after which events
  /// come.
  [[nodiscard]] Result<Seq> subscribe(std::function<void(const CommittedEvent&)> on_event);

  // --- the same as actor requests ---

  /// For actors of one's own, spawned in system(). Messages and interfaces are those of actors/messages.hpp.
  ///   request(client.breaker(), request_timeout, Ask{command, principal})  comes back with an Answer, as from ask()
  ///   request(client.breaker(), request_timeout, circuit_atom_v)           the circuit's state: a CircuitAnswer
  ///   request(client.log(), request_timeout, subscribe_atom_v, handle)     the seq after which `handle` gets events
  /// Commands to breaker(): RecordFailure, OpenCircuit, CloseCircuit, and FailJob with a service; to campaigns():
  /// CreateCampaign, ChangeCampaign; all others to queue() (Core::target_of() tells). One sent elsewhere is `invalid`.
  ///
  /// Threads: system() has one for all actors but breaker and supervisor, and it waits for the disk with every commit.
  /// So an actor there must not block, and one that has to, or that must be quick, is spawned with caf::detached. A
  /// timeout should not be shorter than request_timeout. Actors of one's own must have ended, or be referred to by
  /// nobody, before the client is destroyed, because it waits for them; no handle may outlive it. Message types of
  /// one's own take their ids from caf::id_block::breakerd::end on.
  [[nodiscard]] caf::actor_system& system() { return *system_; }
  [[nodiscard]] const BreakerHandle& breaker() const { return core_->breaker(); }
  [[nodiscard]] const QueueHandle& queue() const { return core_->queue(); }
  [[nodiscard]] const CampaignsHandle& campaigns() const { return core_->campaigns(); }
  [[nodiscard]] const LogHandle& log() const { return core_->writer(); }

  /// Any command, without waiting. `on_outcome` is called once: when the outcome is durable, from an actor's thread, or
  /// before this returns, when the values are refused. It must be quick and must not block; it may submit again. All
  /// that is submitted while a commit is under way becomes one commit, so a program that keeps many commands under way
  /// is served best by this call. When the client is destroyed, what has not been answered is `unavailable` (nothing
  /// was done) or, of a campaign, `outcome_unknown`; do not submit again after these, it comes back at once. Any
  /// thread.
  void submit(Command command, std::string principal, std::function<void(Outcome)> on_outcome);

  /// Any command, blocking. Bad values are `invalid`, with the fields named, and change nothing; except that a failure
  /// of a service opens the circuit whatever else is wrong with its report.
  [[nodiscard]] Outcome ask(Command command, std::string principal);

 private:
  explicit Client(ClientOptions options);

  template <class Reply>
  [[nodiscard]] Result<Reply> ask_for(Command command);
  [[nodiscard]] Result<bool> change_circuit(Command command, std::string principal);
  [[nodiscard]] Result<std::unique_ptr<ReadView>> view() const;

  ClientOptions options_;
  std::unique_ptr<EventLog> log_;
  CoreConfig config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<Core> core_;
  mutable std::shared_mutex closing_mutex_;
  bool closing_ = false;  ///< guarded by closing_mutex_; from then on nothing is submitted
};

}  // namespace breakerd
