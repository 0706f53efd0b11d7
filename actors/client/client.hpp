#pragma once
// breakerd within a C++ program: the same actors, log and rules as the daemon's, without HTTP.
//
//   auto opened = breakerd::Client::open({.directory = "/var/lib/mine"});
//   if (!opened) return fail_with(opened.error().detail);
//   breakerd::Client& client = **opened;
//   if (!client.should_allow_request()) ...
//   auto tripped = client.record_failure("429 Too Many Requests", "rate_limit");
//
// Calls are of three kinds:
//   should_allow_request() and submit() wait for nobody: any thread, callbacks too.
//   Reads (const, with a Result) look at committed state and may touch the disk: any thread, callbacks too, except
//   log_line.
//   All others, ask() and subscribe() too, wait until what they did is durable: any number of threads at once. From
//   within a callback of the same client (of submit() or subscribe(), log_line, on_fatal), or within an actor of its
//   actor system that is not detached (client_actors.hpp), they might wait for themselves: they are refused as
//   `invalid` and do nothing; a failure that was to be reported is sent without waiting, and the answer is
//   `outcome_unknown`.
// Opening and destroying a client are one thread's business, with no call under way but those from callbacks.
//
// A program with CAF actors of its own finds ours, and which type ids it may use, in <breakerd/client_actors.hpp>.
//
// A call that waits returns when what it did is durable, or with an error: `unavailable` (nothing was done),
// `outcome_unknown` (it may or may not have been kept), or the refusal of a rule. No call throws.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/actors/client/subscription.hpp>
#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/commands.hpp>
#include <breakerd/events/model/filters.hpp>
#include <breakerd/events/model/randomness.hpp>
#include <breakerd/events/model/views.hpp>
#include <breakerd/events/model/why.hpp>
#include <breakerd/events/model/workers.hpp>

namespace breakerd {

struct ClientOptions {
  std::string directory;                 ///< of the log; made when it is missing; one process at a time
  std::string principal = "in-process";  ///< who the log names for calls that are not told
  /// Lines for the operator; called from any thread, also while the client is opened and destroyed. Must be quick, must
  /// not throw, and must not call the client.
  std::function<void(const std::string&)> log_line = [](const std::string&) {};
  /// Called once, from an actor's thread, with the name of an actor that has ended and must not: a defect. From then on
  /// should_allow_request() is false and every call is `unavailable`; end the client, or the process, and open anew.
  /// Must not throw, and must not call the client.
  std::function<void(const std::string& which)> on_fatal = [](const std::string&) {};
  /// The times that events carry; outlives the client. How long a lease lasts does not hang on it.
  const Clock* clock = &machine_clock();
  /// Of lease tokens and ids of campaigns; outlives the client.
  Randomness* randomness = &machine_randomness();
  /// What becomes of jobs that are leased when the circuit opens by a failure, or by hand without a choice.
  InFlight in_flight = InFlight::stop;
};

class Client {
 public:
  /// `corrupt` when the log contradicts itself; `storage` when it cannot be opened, for instance because another client
  /// or process has it.
  [[nodiscard]] static Result<std::unique_ptr<Client>> open(ClientOptions options);
  /// Shuts the gate, lets what is under way come to its end, waits until every subscriber has handled
  /// the last event (one that is far behind has much to handle; end its subscription first when you cannot wait) and
  /// every actor in its actor system has ended, and closes the log. Not from a callback or an actor's thread.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // --- the circuit ---

  /// One atomic load. False when the circuit is OPEN, and whenever in doubt.
  [[nodiscard]] bool should_allow_request() const noexcept;

  /// True when this failure opened the circuit; false when it was OPEN already and the failure was added. A report is
  /// never lost. When `service` is no service name, the answer is `invalid`, and the circuit is opened nevertheless.
  [[nodiscard]] Result<bool> record_failure(std::string error, std::string error_type, std::string service = {});
  /// True when it was closed by this call; false when it was CLOSED already. With the epoch of the opening that the
  /// person has looked at (get_global_circuit_state()) it closes this one only: `circuit_changed` when it has been
  /// opened anew since. With a `plan` the jobs that wait are released, parked or cancelled as it says, from the commit
  /// of the close on: a command about many jobs, which list_job_commands() has first. With a canary or a ramp in it,
  /// leases keep to these from then on: rollout(). `wrong_state` when there is a plan and the circuit is CLOSED:
  /// resume_queue() takes one then.
  [[nodiscard]] Result<bool> manually_close_circuit(std::string principal, std::string reason,
                                                    std::optional<Epoch> epoch = std::nullopt,
                                                    std::optional<Plan> plan = std::nullopt);
  /// True when it was opened by this call; false when it was OPEN already. `in_flight` chooses what becomes of jobs
  /// that are leased, of an OPEN circuit, too; not given: ClientOptions::in_flight, or what was chosen before.
  [[nodiscard]] Result<bool> manually_open_circuit(std::string principal, std::string reason,
                                                   std::optional<InFlight> in_flight = std::nullopt);
  [[nodiscard]] Result<BreakerState> get_global_circuit_state() const;
  [[nodiscard]] Result<StatusView> status() const;
  /// Reads of this client that ended with `corrupt`, since it was opened. log_line is told of the first at once, and of
  /// the later ones once a minute at most. Any thread.
  [[nodiscard]] DamagedReads damaged_reads() const;

  // --- jobs ---

  [[nodiscard]] Result<JobView> enqueue(JobSpec spec);
  [[nodiscard]] Result<EnqueuedBatch> enqueue_batch(std::vector<JobSpec> specs);
  /// With `wait_ms` in the command (0 to 60,000) it waits so long for a job when there is none, or when the queue is
  /// paused: it returns as soon as one is its. submit() waits in the same way, without a thread. `unavailable` when
  /// 10,000 wait already.
  [[nodiscard]] Result<LeaseAnswer> lease(LeaseJobs command);
  /// Waits up to `wait_ms` (0 to 60,000), and no longer than half the lease, for a reason to stop; the answer is
  /// decided after that. Again for the same job: the call before is answered.
  [[nodiscard]] Result<HeartbeatAnswer> heartbeat(JobId job, std::string token, std::uint32_t wait_ms = 0);
  /// The same with `progress` in the command, which job() and workers show while the lease lives; `invalid` when it is
  /// out of range.
  [[nodiscard]] Result<HeartbeatAnswer> heartbeat(Heartbeat command);
  /// `result` is JSON text; empty: null.
  [[nodiscard]] Result<JobView> complete(JobId job, std::string token, std::string result = {});
  /// With a service in the command it is a service failure and opens the circuit.
  [[nodiscard]] Result<JobView> fail(FailJob command);
  [[nodiscard]] Result<JobView> release(JobId job, std::string token);
  /// Ends up to limits::settle_max leases, all that are no service failures in one commit. Each stands alone: a job or
  /// the refusal of its own call, in the order of `ends`; of two for one job the second is answered as a second call
  /// would be. Bad values in one are `invalid`, the field named `[3].error`, and no lease ends; but the first service
  /// failure among them is recorded and opens the circuit. Bad values in a service failure refuse that one alone, and
  /// it opens the circuit nevertheless. `unavailable` and `outcome_unknown` are of the whole.
  [[nodiscard]] Result<std::vector<Result<JobView>>> settle(std::vector<LeaseEnd> ends);
  /// The same, and the next lease in the same commit. With a service failure in `ends` the circuit opens and no job is
  /// leased. With `wait_ms` in `next` it waits when all of `ends` is durable; an error of the wait is an answer without
  /// jobs.
  [[nodiscard]] Result<SettledAndLeased> settle_and_lease(std::vector<LeaseEnd> ends, LeaseJobs next);
  [[nodiscard]] Result<JobView> cancel(JobId job, std::string reason);
  /// A FAILED job waits again, with all its attempts. `wrong_state` when it is not FAILED, or its campaign has failed
  /// or been cancelled. One that has completed goes on.
  [[nodiscard]] Result<JobView> retry(JobId job, std::string reason);
  /// A FAILED job is CANCELLED. `wrong_state` when it is not FAILED.
  [[nodiscard]] Result<JobView> discard(JobId job, std::string reason);
  /// The same for all FAILED jobs that match, in the background: job_command() tells how far it is. Or parked jobs are
  /// released or cancelled, with such a kind. `limit` when limits::job_commands_max run. `matched` of the command is
  /// filled in; counting takes a while when there are many.
  [[nodiscard]] Result<JobCommandRow> start_job_command(StartJobCommand command);
  /// One that has ended stays as it is. `not_found` when there is no such command.
  [[nodiscard]] Result<JobCommandRow> stop_job_command(JobCommandId command);
  [[nodiscard]] Result<JobCommandRow> job_command(JobCommandId command) const;
  /// The newest first, from the one before `before` on; 0: from the newest. `limit` is 1 to 1,000.
  [[nodiscard]] Result<std::vector<JobCommandRow>> list_job_commands(JobCommandId before = 0,
                                                                     std::uint32_t limit = 100) const;
  /// What a plan would do if it began now: exact counts of the jobs that wait and are not parked, and how long its ramp
  /// lets the released ones take. The circuit may be OPEN. Looks at every job that has not ended.
  [[nodiscard]] Result<PlanPreview> preview_plan(Plan plan) const;
  /// How work begins behind the newest plan that has a canary or a ramp, and how far that has come. Its phase is none
  /// when leases are free.
  [[nodiscard]] Result<RolloutView> rollout() const;
  /// Ends it: workers may have as many jobs as they ask for. The answer has it as it was; `changed` is false when there
  /// was none, and nothing is recorded.
  [[nodiscard]] Result<RolloutAnswer> stop_rollout(std::string principal, std::string reason);
  /// Parked jobs that match, whatever `status` the filter has; otherwise as list_jobs().
  [[nodiscard]] Result<Page<JobView>> list_parked(const JobFilter& filter = {}, std::uint32_t limit = 100,
                                                  std::string_view cursor = {}) const;
  /// No job of this service, of this type, or of both is leased from then on; leased jobs go on, and the circuit is no
  /// matter. A hold on the same jobs that is there already is the answer. `limit` at limits::job_holds_max.
  [[nodiscard]] Result<JobHoldView> place_job_hold(PlaceJobHold command);
  /// `not_found` when it is not there.
  [[nodiscard]] Result<JobHoldView> lift_job_hold(JobHoldId hold, std::string reason = {});
  /// All of them, with the number of ready jobs that each holds back.
  [[nodiscard]] Result<std::vector<JobHoldView>> list_job_holds() const;
  /// Limits the leases of a service, a campaign or a job type, from now on: how many there are at a time, how many come
  /// in a second, or both. Takes the place of the limit of that name. `not_found` for a campaign that does not exist,
  /// `limit` at limits::lease_limits_max.
  [[nodiscard]] Result<LeaseLimitView> set_limit(SetLeaseLimit command);
  /// As it was. `not_found` when there is none.
  [[nodiscard]] Result<LeaseLimitView> remove_limit(LimitName of, std::string reason = {});
  /// All of them, with what is used and what waits.
  [[nodiscard]] Result<std::vector<LeaseLimitView>> list_limits() const;
  /// Jobs of this type that are enqueued from then on have these settings where they do not say otherwise themselves;
  /// in place of what was set before. The type as it is then is the answer. `limit` at limits::job_types_max.
  [[nodiscard]] Result<JobTypeRow> set_job_type(SetJobType command);
  /// Gives the type as it was; `not_found` when it has no settings.
  [[nodiscard]] Result<JobTypeRow> remove_job_type(std::string job_type, std::string reason = {});
  /// `not_found` when it has no settings.
  [[nodiscard]] Result<JobTypeRow> job_type(std::string_view job_type) const;
  /// Those with settings by name, from the one behind `cursor` on; `limit` is 1 to 1,000. Page::next as below.
  [[nodiscard]] Result<Page<JobTypeRow>> list_job_types(std::uint32_t limit = 100, std::string_view cursor = {}) const;
  /// Its first run is due at the first of its times that is to come. `invalid`, naming the field, for a cron
  /// expression, a zone or a job that is none; `duplicate` when another schedule has the name, `limit` at
  /// limits::schedules_max, `not_found` for a campaign that does not exist.
  [[nodiscard]] Result<ScheduleRow> create_schedule(CreateSchedule command);
  /// The same errors, and `not_found` when there is no such schedule.
  [[nodiscard]] Result<ScheduleRow> change_schedule(ChangeSchedule command);
  /// Gives the schedule as it was. Jobs of its runs stay.
  [[nodiscard]] Result<ScheduleRow> remove_schedule(ScheduleId schedule, std::string reason = {});
  /// No error when it is so already.
  [[nodiscard]] Result<ScheduleRow> pause_schedule(ScheduleId schedule, std::string reason = {});
  [[nodiscard]] Result<ScheduleRow> resume_schedule(ScheduleId schedule, std::string reason = {});
  /// One run at once, beside those that are due. Gives its job; what an enqueue is refused for, this is refused for.
  [[nodiscard]] Result<JobView> run_schedule(ScheduleId schedule);
  [[nodiscard]] Result<ScheduleRow> schedule(ScheduleId schedule) const;
  /// In order of numbers, from the one behind `cursor` on; with a `name`, the one that has it, if any. `limit` is 1 to
  /// 1,000. Page::next as below.
  [[nodiscard]] Result<Page<ScheduleRow>> list_schedules(std::uint32_t limit = 100, std::string_view cursor = {},
                                                         std::string_view name = {}) const;
  [[nodiscard]] Result<JobView> job(JobId job) const;
  /// What stands between the job and a worker, in order: with who, since when, and what ends it. `not_found` for an
  /// unknown job.
  [[nodiscard]] Result<JobWhy> why(JobId job) const;
  /// Workers that hold jobs or whose leases wait, by name, from the first one behind `cursor` on; `limit` is 1 to
  /// 1,000. Page::next as below; a page may have fewer workers than `limit`, and a next. It is kept in memory, and may
  /// be a moment behind a lease that has just been granted.
  [[nodiscard]] Result<Page<WorkerView>> list_workers(std::uint32_t limit = 100, std::string_view cursor = {}) const;
  /// Every given part of the filter must match. In order of ids; `limit` is 1 to 1,000, and jobs come with payload and
  /// result, up to half a MiB each. Page::next is the cursor of the page behind this one, empty when there is none; a
  /// filtered page may have fewer jobs than `limit` and a next. `not_found` for an unknown campaign, `invalid` for a
  /// limit or cursor that is none.
  [[nodiscard]] Result<Page<JobView>> list_jobs(const JobFilter& filter = {}, std::uint32_t limit = 100,
                                                std::string_view cursor = {}) const;
  /// Its events, from seq `from` on; otherwise as read_events(). `not_found` for an unknown job.
  [[nodiscard]] Result<EventPage> job_history(JobId job, Seq from = 1, std::uint32_t limit = 100) const;

  // --- campaigns and holds ---

  [[nodiscard]] Result<CampaignView> create_campaign(CreateCampaign command);
  /// Start, pause, resume, seal, fail, cancel or update.
  [[nodiscard]] Result<CampaignView> change_campaign(CampaignId campaign, CampaignAction action);
  [[nodiscard]] Result<CampaignView> campaign(CampaignId campaign) const;
  /// In order of creation; `status` is the shown one. Limit, cursor and errors as of list_jobs().
  [[nodiscard]] Result<Page<CampaignView>> list_campaigns(std::optional<CampaignStatus> status = std::nullopt,
                                                          std::uint32_t limit = 100,
                                                          std::string_view cursor = {}) const;
  /// With a `plan` for the jobs that wait, as of manually_close_circuit(); there may be no hold then.
  [[nodiscard]] Result<HoldsAnswer> resume_queue(std::string reason = {}, std::optional<Plan> plan = std::nullopt);
  [[nodiscard]] Result<HoldsAnswer> pause_campaigns_for_service(std::string service, std::string reason);
  [[nodiscard]] Result<HoldsAnswer> resume_campaigns_for_service(std::string service, std::string reason = {});

  // --- the log ---

  /// Committed events from seq `from` (1 or more) on, as the API shows them, at most `limit` (1 to 1,000);
  /// EventPage::next is where to go on, also when nothing has been added yet. `invalid` for a type, stream or limit
  /// that is none.
  [[nodiscard]] Result<EventPage> read_events(Seq from, std::uint32_t limit = 100,
                                              const EventFilter& filter = {}) const;

  /// Calls `on_event` with every committed event in order, each once: first those that the log has already, from seq
  /// `from` on (1: the first one; for a follower that comes back: behind the last seq it has dealt with), then each new
  /// one. Without `from`: what is committed from now on. Until the handle is destroyed, or else up to the last event
  /// before the client is gone; a handle may outlive the client.
  ///
  /// The function has a thread of its own and is never called by two at once. It may take its time: what it has not
  /// come to is read from the log later, so it holds up nobody, and takes at most a batch in memory (256 events, 1 MiB
  /// or one larger event), however far behind it is. It may read and submit, and end its own subscription; calls that
  /// wait are refused. What it throws goes to log_line, and the next event comes.
  ///
  /// `invalid` when `from` is 0 or the log ends before it (it is not the log that the follower knows), `limit` when
  /// there are subscribers_max already.
  [[nodiscard]] Result<Subscription> subscribe(OnEvent on_event, std::optional<Seq> from = std::nullopt);

  // --- any command ---

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
  friend class ClientActors;
  class Impl;

  explicit Client(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace breakerd
