#pragma once
// What the queue actor knows and does, without the actor: the speculative state of the queue, its lanes and active
// jobs, and the one place where events get their order. Everything that is decided here is laid over committed state
// at once, and answered when the log actor has made it durable; when an append fails, all of it is thrown away and
// load()ed again. Single-threaded.

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <breakerd/actors/base/changes.hpp>
#include <breakerd/actors/base/command_batch.hpp>
#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/actors/base/ready_types.hpp>
#include <breakerd/actors/base/submission.hpp>
#include <breakerd/actors/base/token.hpp>
#include <breakerd/actors/queue/active_jobs.hpp>
#include <breakerd/actors/queue/due_jobs.hpp>
#include <breakerd/actors/queue/ended_jobs.hpp>
#include <breakerd/actors/queue/key_holders.hpp>
#include <breakerd/actors/queue/lane_table.hpp>
#include <breakerd/actors/queue/queue_memory.hpp>
#include <breakerd/actors/queue/rollout_gate.hpp>
#include <breakerd/actors/queue/schedule_table.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/fold.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/limit_meter.hpp>
#include <breakerd/events/rules/turns.hpp>
#include <breakerd/storage/log/event_log.hpp>
#include <breakerd/storage/tables/payload_row.hpp>

namespace breakerd {

/// The last commit that came late (see LogProgress).
struct LateCommit {
  std::uint64_t number = 0;  ///< 0: none did
  SteadyTime at{};
};

class QueueCore final : private RowAccess {
 public:
  /// `log` and `lease_times`, which it keeps up to date, outlive this.
  QueueCore(EventLog& log, LeaseTimes& lease_times, Randomness& randomness)
      : log_{log}, lease_times_{lease_times}, random_{randomness} {}

  /// Starts anew from committed state. Every lease that has not ended gets a full period.
  [[nodiscard]] Result<void> load(const Moment& now);

  /// Frames one turn: what is decided in it becomes part of submission `number`; everything up to `committed` is in
  /// the log. Leases of submissions up to `late.number` that were decided long before begin at `late.at`. While `held`,
  /// nothing is leased, as from a paused queue. end_turn() lets go of the view of committed state.
  void begin_turn(const Moment& now, std::uint64_t number, std::uint64_t committed, const LateCommit& late = {},
                  bool held = false);
  void end_turn() { view_.reset(); }

  /// Decides one of the queue's commands: sets its outcome and puts its events into `append`.
  void decide(Op& op, Append& append, const Moment& now);
  [[nodiscard]] Result<BreakerEffect> apply(const BreakerChange& change, Append& append, const Moment& now);
  [[nodiscard]] Result<CampaignEffect> create(const CampaignId& id, const CreateCampaign& command,
                                              const std::string& principal, Append& append, const Moment& now);
  [[nodiscard]] Result<CampaignEffect> change(const ChangeCampaign& command, const std::string& principal,
                                              Append& append, const Moment& now);

  /// Ends leases that are over, up to a bound: the job waits again, or has FAILED when too many of its leases ended so.
  /// True when there may be more.
  bool expire(Append& append, const Moment& now);

  /// Heartbeats that wait for a stop of a run that has become late are to be answered.
  void note_late_runs(const Moment& now);

  /// Jobs that nobody has started by their deadlines expire, up to a bound. True when there may be more.
  bool expire_jobs(Append& append, const Moment& now);
  /// Whether it may have something to do before jobs are leased at `now`, which no turn has begun with yet.
  [[nodiscard]] bool may_have_overdue(SteadyTime now) const;

  /// Queue time by the wall clock is not what was counted, because somebody has set that clock.
  [[nodiscard]] bool clock_was_set(const Moment& now) const;
  /// Says in the log what queue time is.
  void tell_queue_time(Append& append, const Moment& now);

  /// Jobs whose time has come are ready, up to a bound. True when there may be more.
  bool make_due(Append& append, const Moment& now);

  /// Runs of schedules that are due begin, or are left out, up to a bound. True when there may be more.
  bool run_schedules(Append& append, const Moment& now);

  [[nodiscard]] std::optional<SteadyTime> next_expiry() const;
  /// Goes on with a command about many jobs, if one runs whose last step is in the log: one step. True when it, or
  /// another one, can go on at once.
  bool advance_commands(Append& append, const Moment& now);

  /// The ramp's time is over: leases are free again.
  void end_rollout(Append& append, const Moment& now);

  /// When expire(), note_late_runs(), expire_jobs(), make_due(), run_schedules(), advance_commands() or end_rollout()
  /// has something to do next. The wall clock may be set, so a time of its own is looked at every second.
  [[nodiscard]] std::optional<SteadyTime> next_wake(const Moment& now) const;

  /// What committed state could not be read for since the last call; nothing: all is well.
  [[nodiscard]] std::optional<Error> take_unreadable() { return std::exchange(unreadable_, std::nullopt); }

  /// What an operator should read since the last call: why runs of schedules do not begin, and that the rules have
  /// refused a decision.
  [[nodiscard]] std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  /// What was decided since the last call that may stop a job whose heartbeat waits.
  [[nodiscard]] Interruption take_interruption() { return std::exchange(interruption_, {}); }
  [[nodiscard]] bool has_interruption() const { return interruption_.any(); }

  // --- leases that wait (queue_ready.cpp) ---

  /// While nobody `waits`, it is not noted what becomes ready.
  void watch_ready(bool waits);
  /// Jobs of this lane may be ready that were not: whoever waits for one of its types is served in this turn, and
  /// looked for once more when the turn is committed. For every change that makes jobs of a lane leasable.
  void jobs_may_be_ready(const LaneId& lane);
  /// The same of all lanes.
  void all_may_be_ready();
  /// What became ready since clear().
  [[nodiscard]] ReadyTypes& ready() { return ready_; }
  /// What is to be offered when this turn is committed: what it made ready and is on disk only, and what
  /// offer_rest_later() was told of.
  [[nodiscard]] bool has_ready_later() const { return ready_later_.any(); }
  [[nodiscard]] ReadyTypes take_ready_later() { return std::exchange(ready_later_, {}); }
  /// What is ready still is for later.
  void offer_rest_later();
  /// Limits on leases that have let nobody through, and may now: their jobs may be ready.
  void note_freed(const Moment& now);
  /// Somebody begins to wait, for whom no job was seen. There may be some that are on disk only, and not committed yet.
  void note_new_waiter();
  /// Who waits, for those who look.
  [[nodiscard]] LeaseTimes& lease_times() { return lease_times_; }
  /// Nothing is leased until the queue is resumed, which makes jobs ready.
  [[nodiscard]] bool is_paused() const { return queue_.paused; }
  /// Nothing is leased in this turn, although the queue is not paused.
  [[nodiscard]] bool is_held() const { return held_; }
  /// Decides a LeaseJobs that gets no jobs, whatever there is.
  void decide_empty_lease(Op& op, Append& append);

  // --- what the actors of campaigns hear of ---

  /// Campaigns that were not known to be awake, of which jobs were leased since the last call. They are known from now
  /// on.
  [[nodiscard]] std::vector<CampaignId> take_first_leases() { return std::exchange(first_leases_, {}); }
  [[nodiscard]] bool has_first_leases() const { return !first_leases_.empty(); }
  /// Jobs that have ended and were not taken yet, in the log or not.
  [[nodiscard]] bool has_ended_jobs() const { return ended_.any(); }
  /// Those up to submission `committed` are in the log.
  void settle_ended_jobs(std::uint64_t committed) { ended_.settle(committed); }
  /// Those in the log, as far as it is known. What was committed just before the state was thrown away is left out.
  [[nodiscard]] JobsEnded take_ended_jobs() { return ended_.take_settled(); }
  /// True when the campaign has no lease and no job whose end was not taken. Then it is not known to be awake any more.
  [[nodiscard]] bool let_rest(const CampaignId& campaign);

  /// True after a decision that the rules did not accept: the state must be loaded again.
  [[nodiscard]] bool is_broken() const { return broken_; }

 private:
  struct Context {
    Append& append;
    const std::string& principal;
    const Moment& now;
  };

  // RowAccess, for fold()
  BreakerState& breaker() override { return breaker_; }
  QueueState& queue() override { return queue_; }
  LeaseLimits& limits() override { return limits_; }
  FollowUp& follow_up() override { return follow_up_; }
  [[nodiscard]] Result<JobRow*> job(JobId id) override;
  [[nodiscard]] Result<LaneRow*> lane(const LaneId& id) override;
  [[nodiscard]] Result<CampaignRow*> campaign(const CampaignId& id) override;
  [[nodiscard]] Result<JobCommandRow*> job_command(JobCommandId id) override;
  [[nodiscard]] Result<const JobTypeRow*> job_type(const std::string& name) override { return find_job_type(name); }
  void set_job_type(const JobTypeRow& row) override { job_types_.insert_or_assign(row.job_type, row); }
  void remove_job_type(const std::string& name) override { job_types_.erase(name); }
  [[nodiscard]] Result<const ScheduleRow*> schedule(ScheduleId id) override { return schedules_.find(id); }
  void set_schedule(const ScheduleRow& row) override { schedules_.set(row); }
  void remove_schedule(ScheduleId id) override { schedules_.remove(id); }
  [[nodiscard]] Result<JobId> key_holder(const std::string& key) override;
  void set_key_holder(const std::string& key, JobId job) override { key_holders_.set(key, job, number_); }
  void add_job(const JobRow& row) override { new_job_ = row; }
  void add_job_command(const JobCommandRow& row) override { job_commands_[row.id].row = row; }
  void add_campaign(const CampaignId& id, const CampaignRow& row, const LaneRow& lane) override;

  // commands (queue_commands.cpp)
  [[nodiscard]] Outcome run(const Context& context, EnqueueJob& command);
  [[nodiscard]] Outcome run(const Context& context, EnqueueJobs& command);
  [[nodiscard]] Outcome run(const Context& context, const LeaseJobs& command);
  [[nodiscard]] Outcome run(const Context& context, const Heartbeat& command);
  [[nodiscard]] Outcome run(const Context& context, CompleteJob& command);
  [[nodiscard]] Outcome run(const Context& context, const FailJob& command);
  [[nodiscard]] Outcome run(const Context& context, const ReleaseJob& command);
  [[nodiscard]] Outcome run(const Context& context, const CancelJob& command);
  [[nodiscard]] Outcome run(const Context& context, const RetryJob& command);
  [[nodiscard]] Outcome run(const Context& context, const DiscardJob& command);
  [[nodiscard]] Outcome run(const Context& context, const StartJobCommand& command);
  [[nodiscard]] Outcome run(const Context& context, const StopJobCommand& command);
  [[nodiscard]] Outcome run(const Context& context, const StopRollout& command);
  [[nodiscard]] Outcome run(const Context& context, const ResumeQueue& command);
  [[nodiscard]] Outcome run(const Context& context, const PauseCampaignsForService& command);
  [[nodiscard]] Outcome run(const Context& context, const PlaceJobHold& command);
  [[nodiscard]] Outcome run(const Context& context, const LiftJobHold& command);
  [[nodiscard]] Outcome run(const Context& context, const SetJobType& command);
  [[nodiscard]] Outcome run(const Context& context, const RemoveJobType& command);
  [[nodiscard]] Outcome run(const Context& context, const CreateSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, const ChangeSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, const RemoveSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, const PauseSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, const ResumeSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, const RunSchedule& command);
  [[nodiscard]] Outcome run(const Context& context, KeepAnswer& command);
  [[nodiscard]] Outcome run(const Context& context, const ResumeCampaignsForService& command);
  [[nodiscard]] Outcome run(const Context& context, const SetLeaseLimit& command);
  [[nodiscard]] Outcome run(const Context& context, const RemoveLeaseLimit& command);
  [[nodiscard]] Result<BreakerEffect> decide_apply(const BreakerChange& change, Append& append, const Moment& now);
  [[nodiscard]] bool holds();
  [[nodiscard]] static Error void_decision(Append& append);
  /// Commands of other actors.
  template <class Other>
  [[nodiscard]] Outcome run(const Context& context, const Other& command);

  [[nodiscard]] Result<JobEnqueued> decide_new(JobSpec&& spec, JobId id, const Moment& now);
  [[nodiscard]] Result<void> enqueue(const Context& context, JobEnqueued event, int cause_index = -1);
  [[nodiscard]] Outcome show_existing(JobId id);
  [[nodiscard]] Result<void> check_classes(const std::vector<JobEnqueued>& events);
  /// What one lease may still grant.
  struct LeaseRoom {
    std::size_t jobs = 0;
    std::size_t bytes = 0;  ///< of payloads and texts; the job that goes past it is the last one
    std::size_t planned = limits::plan_jobs_per_lease_max;  ///< jobs that the plan keeps from workers
  };
  [[nodiscard]] Result<void> lease_from(const Context& context, const LeaseJobs& command, const LaneId& id,
                                        std::size_t jobs_max, LeaseRoom& room, LeaseAnswer& answer);
  void read_ahead(Window& window, std::size_t count);
  [[nodiscard]] Result<Window*> find_ready(const LaneId& id, Lane& lane, const std::vector<std::string>& types,
                                           const Moment& now);
  /// A change of one job: `decide_one` gives its event, or nothing when it is already so.
  [[nodiscard]] Outcome change_job(const Context& context, JobId id, auto decide_one);

  // shared
  /// Appends the event with all that belongs to it (rules/append.hpp), and lays it over the state.
  [[nodiscard]] Result<void> emit(const Context& context, EventData data, int cause_index = -1);
  /// The same of one of several that belong together: pass_canary() comes behind the last one.
  [[nodiscard]] Result<void> emit_in_step(const Context& context, EventData data, int cause_index);
  [[nodiscard]] Result<void> place(const Context& context, EventData data, int cause_index);
  void add_needs(Append& append, const EventData& event);
  /// The lane that the rules of an append want to look at; null when there is none.
  [[nodiscard]] const LaneRow* lane_of(const EventData& event) const;
  /// A job of this type is ready, and is `kept` in its window or found when this turn is committed.
  void note_ready(const std::string& job_type, bool kept);
  /// What the event makes ready.
  void note_ready(const EventData& event);
  [[nodiscard]] LeaseAnswer begin_lease(Append& append) const;
  void job_changed(JobId id);
  void lane_changed(const LaneId& id);
  /// The job's lease gets a full period of `lease_ms` from now; gives its end. `is_heard`: because its worker spoke.
  Time keep_lease(ActiveJob& job, const Moment& now, bool is_heard = true);
  /// Its worker spoke, and the lease ends when it would have ended.
  void hear(ActiveJob& job, Time expires, const Moment& now);
  void end_lease(ActiveJob& job);
  void make_ready(ActiveJob& job);
  /// Window::insert, for a window of this queue: a job that has to leave is no longer kept for its sake.
  [[nodiscard]] bool insert_ready(Window& window, const JobRow& row, bool there_is_room,
                                  const std::optional<Submissions>& log = {});
  void empty_windows(Lane& lane);
  [[nodiscard]] Result<void> refill(const LaneId& id, const JobClass& job_class, Window& window);
  [[nodiscard]] Result<ActiveJob*> find_job(JobId id);
  /// For what goes on by itself: null when there is no such job, or when its rows are damaged. That is told of once, as
  /// all that cannot be read; from then on the job is passed over while it cannot be read. So it does not stop all
  /// others.
  [[nodiscard]] ActiveJob* find_undamaged(JobId id);
  [[nodiscard]] Result<Lane*> find_lane(const LaneId& id);
  /// Of the class of a job: `job` has a job type and a service.
  [[nodiscard]] Window& window_of(Lane& lane, const auto& job);
  [[nodiscard]] Result<const ReadView*> committed();
  /// Remembers an error of reading, unless it only says that there is no such thing or that the log is being reopened.
  [[nodiscard]] Error remember_unreadable(Error error);
  [[nodiscard]] Result<JobSpecPtr> read_spec_of(const ActiveJob& job, MissingPayload missing);
  [[nodiscard]] Result<void> need_spec(ActiveJob& job);
  /// Its payload is empty when it is not to be had: whoever changes a job must not need it.
  [[nodiscard]] Result<JobSpecPtr> spec_to_show(const ActiveJob& job);
  [[nodiscard]] Outcome show(const ActiveJob& job, JobSpecPtr spec);
  [[nodiscard]] Result<Time> end_of_campaign(const CampaignId& id);
  [[nodiscard]] JobView view_of(const JobRow& row, JobSpecPtr spec) const;
  void drop_idle_lanes(std::uint64_t committed);
  void begin_late_leases(std::uint64_t committed, const LateCommit& late);
  [[nodiscard]] Submissions submissions() const { return {number_, committed_}; }

  // failed jobs (queue_failed_jobs.cpp), and commands about many jobs (queue_job_commands.cpp)
  [[nodiscard]] Result<void> load_job_commands();
  [[nodiscard]] Result<void> retry(const Context& context, ActiveJob& job, const std::string& reason, int cause);
  [[nodiscard]] bool can_retry(const ActiveJob& job, const Lane& lane, std::set<std::string>& keys);
  [[nodiscard]] Result<std::vector<JobId>> next_candidates(const JobCommandRow& row);
  [[nodiscard]] Result<void> step(const Context& context, RunningCommand& command);
  /// Whether the command is about this job, whose lane is in memory.
  [[nodiscard]] bool is_meant(const JobCommandRow& command, const JobRow& row) const;
  [[nodiscard]] bool has_ended_lane(const JobRow& row) const;
  [[nodiscard]] Result<void> do_with(const Context& context, JobCommandKind kind, const std::string& reason,
                                     ActiveJob& job, int cause);

  // plans for the jobs that wait (queue_triage.cpp)
  /// A job that the plan parks or cancels.
  struct Planned {
    ActiveJob* job = nullptr;
    PlanVerb verb = PlanVerb::park;
  };
  /// null when none runs.
  [[nodiscard]] const JobCommandRow* running_plan() const;
  /// In place of the one that runs.
  [[nodiscard]] Result<JobCommandRow> start_plan(const Context& context, const Plan& plan, const std::string& reason,
                                                 int cause);
  [[nodiscard]] PlanVerb planned_for(const ActiveJob& job) const;
  /// A step of the plan that runs. All jobs up to `next` were looked at.
  [[nodiscard]] Result<void> carry_out(const Context& context, JobId next, std::uint64_t skipped,
                                       const std::vector<Planned>& jobs);
  [[nodiscard]] Result<void> step_of_plan(const Context& context, const JobCommandRow& plan);
  void leave_planned();

  // the canary and the ramp of a plan (queue_rollout.cpp)
  void load_rollout(const Moment& now);
  void note_rollout(const EventData& event);
  [[nodiscard]] Result<void> pass_canary(const Context& context, std::size_t cause);
  [[nodiscard]] std::size_t rollout_room(const Moment& now) const;
  void show_ramp(const Moment& now);

  // unique keys (queue_unique_keys.cpp)
  /// What is done about the unique key of a new job.
  struct Admission {
    JobId existing = 0;  ///< this job is the answer, and no new one is enqueued
    JobId replaces = 0;  ///< this one is cancelled before
  };
  using KeysOfBatch = std::unordered_map<std::string, JobId>;  ///< who keeps each one, behind the jobs looked at
  [[nodiscard]] Result<ActiveJob*> keeper_of(const std::string& key);
  [[nodiscard]] Result<void> check_own_key(const ActiveJob& job);
  [[nodiscard]] Result<Admission> admit(const JobSpec& spec, JobId id, KeysOfBatch& keys, Append& append);
  [[nodiscard]] Result<void> cancel_replaced(const Context& context, JobId replaced, JobId by);

  // limits on leases (queue_limits.cpp)
  [[nodiscard]] Result<void> load_limits(const Moment& now);
  void count_load();
  void count_lease(ActiveJob& job, const Moment& now);
  void uncount_lease(ActiveJob& job);
  void uncount_leases_of(const CampaignId& campaign);
  void meter_changed(const LeaseLimit& limit, const Moment& now);
  [[nodiscard]] bool counts(const ActiveJob& job);
  [[nodiscard]] std::uint64_t count_leases_of(const LimitName& name);
  void relist(const CampaignId& campaign);
  void show_limits(const Moment& now);

  // settings of job types (queue_job_types.cpp)
  [[nodiscard]] Result<void> load_job_types();
  /// null when it has none.
  [[nodiscard]] const JobTypeRow* find_job_type(const std::string& name) const;

  // schedules (queue_schedules.cpp)
  [[nodiscard]] Result<void> load_schedules(const Moment& now);
  [[nodiscard]] Result<void> check_name(const std::string& name, ScheduleId own) const;
  [[nodiscard]] Result<void> check_scheduled(const JobSpec& job);
  [[nodiscard]] Outcome show_schedule(ScheduleId id) const;
  /// Appends the run, and the job that it enqueues.
  [[nodiscard]] Result<JobSpecPtr> begin_scheduled(const Context& context, const SchedulePlan& plan, ScheduleRan run);
  [[nodiscard]] Result<Time> time_by_hand(const ScheduleRow& row, Time now);
  [[nodiscard]] Result<void> run_due(const Context& context, const ScheduleRow& row);
  /// `told_before`: of what could not be read, before this run was tried.
  void put_off(const ScheduleRow& row, const Error& error, std::optional<Error> told_before, SteadyTime now);
  void compare_clocks(const Moment& now);
  void correct_times(const Context& context);
  void note_schedules(const EventData& event);

  // how long runs take (queue_runs.cpp)
  void remember_runs();
  /// A run begins, of which so much has passed.
  void begin_run(ActiveJob& job, const Moment& now, Duration passed = {});
  /// A run that goes on after a start.
  void take_over_run(ActiveJob& job, const Moment& now);
  [[nodiscard]] static bool is_late(const ActiveJob& job, const Moment& now) {
    return job.late_at && *job.late_at <= now.steady;
  }
  /// The lease of a run that is over its time ends.
  [[nodiscard]] EventData end_late_run(const JobContext& about, const ActiveJob& job);
  [[nodiscard]] bool ends_pause(const EventData& event) const;
  [[nodiscard]] std::vector<JobId> paused_runs() const;
  void restart_runs(const std::vector<JobId>& paused, const Moment& now);

  // deadlines (queue_deadlines.cpp)
  void set_deadline_of(const JobRow& row);
  void note_deadlines(const EventData& event);
  [[nodiscard]] Result<void> load_held();
  /// It is not leased, but expires.
  [[nodiscard]] bool is_overdue(const ActiveJob& job) const;
  [[nodiscard]] bool deadline_has_come(Time queue_now) const;
  [[nodiscard]] std::vector<JobId> take_deadlines();
  [[nodiscard]] std::vector<JobId> take_held();
  void wait_on(ActiveJob& job);

  // jobs that wait for their time (queue_due.cpp)
  void set_due(const JobRow& row) { due_[static_cast<std::size_t>(row.due.clock)].insert({row.due.at, row.id}); }
  [[nodiscard]] Result<void> refill_due();
  [[nodiscard]] std::vector<JobId> take_due(const Moment& now);
  void due_has_come(ActiveJob& job);
  void read_rows(const std::vector<JobId>& ids);
  [[nodiscard]] Time now_of(DueClock clock, const Moment& now) const;
  [[nodiscard]] bool has_come(const Due& due, const Moment& now) const {
    return due.exists() && due.at <= now_of(due.clock, now);
  }
  [[nodiscard]] QueueTime counted_queue_time() const;
  void run_queue_time(const Moment& now);
  /// What is done by itself about many jobs goes on in steps: the next one when the last is in the log, so that
  /// whatever is asked meanwhile waits for one step at most.
  [[nodiscard]] bool may_step() const { return last_step_ <= committed_ || last_step_ == number_; }
  void correct_queue_time(const Moment& now);
  [[nodiscard]] CircuitBrief circuit() const { return {breaker_.state, breaker_.epoch}; }

  EventLog& log_;
  LeaseTimes& lease_times_;
  RandomSource random_;
  std::unique_ptr<ReadView> view_;
  std::uint64_t number_ = 0;
  std::uint64_t committed_ = 0;  ///< every submission up to this one is in the log
  std::uint64_t last_step_ = 0;  ///< the submission of the last step of what goes on by itself
  bool held_ = false;
  bool broken_ = false;
  std::optional<Error> unreadable_;
  std::unordered_set<JobId> damaged_;  ///< jobs of which find_undamaged() has told; outlives a load()
  Interruption interruption_;
  std::vector<CampaignId> first_leases_;
  EndedJobs ended_;
  bool watches_ready_ = false;
  ReadyTypes ready_;
  ReadyTypes ready_later_;
  std::uint64_t left_on_disk_ = 0;  ///< the last submission in which a job became ready that no window has taken

  BreakerState breaker_;
  QueueState queue_;
  LeaseLimits limits_;
  LimitMeter meter_;  ///< of limits_
  RolloutGate rollout_gate_;
  bool was_loaded_ = false;  ///< at least once
  FollowUp follow_up_;
  std::unordered_map<LaneId, Lane> lanes_;
  ActiveJobs jobs_;
  TurnOrder turns_;
  Rounds rounds_;
  std::array<DueJobs, 3> due_{DueJobs{DueClock::wall}, DueJobs{DueClock::queue}, DueJobs{DueClock::deadline}};
  std::optional<HeldWalk> held_walk_;
  bool any_held_ = false;                                ///< there may be such jobs
  std::map<JobCommandId, RunningCommand> job_commands_;  ///< that run
  KeyHolders key_holders_;
  std::map<std::string, JobTypeRow> job_types_;
  ScheduleTable schedules_;
  std::set<ScheduleId> put_off_;            ///< schedules of which was told why they do not run
  std::set<ScheduleId> damaged_schedules_;  ///< for whose runs something could not be read, which was told
  std::vector<std::string> warnings_;       ///< that nobody has taken yet
  std::optional<TimesWalk> times_walk_;
  Moment compared_{};  ///< when the clocks were
  std::unordered_map<JobId, KnownRun> known_runs_;
  QueueTime queue_time_;
  Time queue_now_{};  ///< of this turn
  Moment moment_{};   ///< of this turn
  std::deque<UnansweredGrant> grants_;
  JobRow new_job_;        ///< made by the fold of a JobEnqueued
  CampaignRow cold_row_;  ///< stands in for the cold half of a campaign, which belongs to its own actor
};

}  // namespace breakerd
