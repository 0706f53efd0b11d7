#include <breakerd/actors/queue/queue_actor.hpp>

#include <algorithm>

#include <breakerd/actors/base/admission.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds load_retry{100};
constexpr std::chrono::milliseconds tick_min{5};
/// A step of the campaigns' progress: telling it more often would change nothing that is shown.
constexpr std::chrono::seconds progress_every{1};

}  // namespace

Error QueueActor::state_is_void() {
  return make_error(ErrorCode::unavailable,
                    "storage is down, the queue is being read back from the log, or an actor has ended: nothing was "
                    "done, ask again");
}

QueueActor::behavior_type QueueActor::make_behavior() {
  send(writer_, attach_atom_v, caf::actor_cast<caf::actor>(this));
  end_turn();
  return {
      [this](CommandBatchPtr& batch) { run_batch(std::move(batch)); },
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        ask(request, std::move(asked.responder));
        return asked.promise;
      },
      [this](run_asked_atom) { run_asked(); },
      [this](PendingChangePtr& change) {
        auto asked = asked_of<BreakerCommitted>(*this);
        change_breaker(std::move(change), std::move(asked.responder));
        return asked.promise;
      },
      [this](LaneChange& change) {
        auto asked = asked_of<LaneCommitted>(*this);
        change_lane(change, std::move(asked.responder));
        return asked.promise;
      },
      [this](attach_atom, QueueListenerHandle& listener) { listener_ = std::move(listener); },
      [this](const MayRest& asked) { let_rest(asked.campaign); },
      [this](Resync resync) {
        speculation_ = resync.speculation;
        number_ = 0;
        load();
      },
      [this](tick_atom) { tick(); },
      [this](const EndLeaseWait& end) { end_wait(end.lease); },
      [this](const OfferReady& more) { offer_again(more); },
      [this](end_waits_atom) { end_waits(); },
      [this](progress_atom) { tell_progress(); },
      [this](retry_atom) {
        if (!loaded_) load();
      },
  };
}

void QueueActor::on_exit() {
  gate_.shut(Gate::Reason::ended);
  writer_ = nullptr;
  listener_ = nullptr;
  asked_ = nullptr;
  waiters_.clear();  // each is answered as it is dropped
  waits_.count = 0;
}

Moment QueueActor::read_clocks() { return {wall_clock_.wall(), clock().now()}; }

/// A log that is being reopened is waited for. A state that cannot be read is the end: the supervisor shuts the gate.
void QueueActor::load() {
  const auto outcome = core_->load(read_clocks());
  loaded_ = outcome.has_value();
  if (!loaded_ && outcome.error().code != ErrorCode::unavailable) {
    log_line_(LineLevel::warn, "the queue's state cannot be read: " + outcome.error().detail);
    return quit(caf::make_error(caf::sec::runtime_error, outcome.error().detail));
  }
  if (!loaded_) delayed_send(this, load_retry, retry_atom_v);
  if (loaded_ && listener_) send(listener_, core_->take_interruption());
  if (loaded_ && !waiters_.empty()) {  // what they were refused was void, too
    core_->all_may_be_ready();
    send(this, OfferReady{});
  }
  end_turn();
}

/// What it knows is not void.
bool QueueActor::is_current() const {
  return loaded_ && speculation_ == progress_.speculation.load(std::memory_order_acquire);
}

/// When an actor has ended nothing is decided any more, so that nothing is granted; at a stop, what is under way is.
SubmissionPtr QueueActor::begin(const Moment& now) {
  if (gate_.has_ended()) return nullptr;
  if (!is_current()) return nullptr;
  auto submission = std::make_shared<Submission>();
  submission->speculation = speculation_;
  submission->number = ++number_;
  submission->decided = now.steady;
  const std::uint64_t committed = progress_.number.load(std::memory_order_acquire);
  const LateCommit late{progress_.late_number.load(std::memory_order_relaxed),
                        SteadyTime{SteadyTime::duration{progress_.late_at.load(std::memory_order_relaxed)}}};
  core_->begin_turn(now, number_, committed, late, gate_.is_held());
  return submission;
}

void QueueActor::end_turn() {
  core_->end_turn();
  plan_progress();
  if (loaded_ && core_->is_broken()) {  // a rule did not accept its own decision: back to what is committed
    loaded_ = false;
    send(writer_, Resync{speculation_});
  }
  plan_tick(true);
}

void QueueActor::plan_tick(bool of_queue) {
  std::optional<SteadyTime> next;
  const auto take_earlier = [&next](const std::optional<SteadyTime>& time) {
    if (time && (!next || *time < *next)) next = time;
  };
  if (of_queue && loaded_) take_earlier(core_->next_wake(read_clocks()));
  take_earlier(waiters_.next_due());
  take_earlier(offer_at_);
  if (!next || (tick_at_ && *tick_at_ <= *next)) return;
  tick_at_ = next;
  const auto wait =
      std::chrono::duration_cast<std::chrono::milliseconds>(*next - clock().now()) + std::chrono::milliseconds{1};
  delayed_send(this, std::max(wait, tick_min), tick_atom_v);
}

/// What could not be read is told before what was decided meanwhile, which will be refused with it.
void QueueActor::tell_unreadable() {
  if (auto unreadable = core_->take_unreadable()) send(writer_, Unreadable{std::move(unreadable->detail)});
  for (const std::string& warning : core_->take_warnings()) log_line_(LineLevel::warn, warning);
}

/// After all answers of the submission: whoever was told before that there is no stop has heard so before.
void QueueActor::tell_when_settled(Submission& submission) {
  if (core_->has_ready_later()) {
    submission.on_settled = [first = std::move(submission.on_settled), self = caf::actor_cast<QueueHandle>(this),
                             ready = OfferReady{core_->take_ready_later()}](const std::optional<Error>& error) {
      if (first) first(error);
      if (!error) caf::anon_send(self, ready);  // else load() offers all
    };
  }
  if (!listener_ || !(core_->has_interruption() || core_->has_first_leases())) return;
  submission.on_settled = [first = std::move(submission.on_settled), listener = listener_,
                           interruption = core_->take_interruption(),
                           leases = FirstLeases{core_->take_first_leases()}](const std::optional<Error>& error) {
    if (first) first(error);
    if (error) return;  // what failed is read again, and everybody is told then
    if (interruption.any()) caf::anon_send(listener, interruption);
    if (!leases.campaigns.empty()) caf::anon_send(listener, leases);
  };
}

void QueueActor::submit(SubmissionPtr submission, const Moment& now) {
  core_->note_freed(now);
  if (!waiters_.empty()) offer_ready(*submission, now);
  tell_unreadable();
  if (submission->appends.empty()) {
    if (!core_->has_ready_later()) return end_turn();
    submission->appends.emplace_back();  // it is heard of when all that was decided before is durable
  }
  tell_when_settled(*submission);
  caf::anon_send(writer_, std::move(submission));
  end_turn();
}

namespace {

bool may_wait(const CommandBatch& batch) {
  if (batch.ops.size() != 1) return false;
  const auto* lease = std::get_if<LeaseJobs>(&batch.ops.front().command);
  return lease != nullptr && lease->wait_ms > 0;
}

}  // namespace

/// In turns of their own: whatever is decided next counts with it, and its events come before.
void QueueActor::catch_up() {
  const Moment moment = read_clocks();
  if (core_->clock_was_set(moment))
    if (SubmissionPtr submission = begin(moment)) {
      core_->tell_queue_time(submission->appends.emplace_back(), moment);
      submit(std::move(submission), moment);
    }
  if (core_->may_have_overdue(moment.steady))
    if (SubmissionPtr submission = begin(moment)) {
      core_->expire_jobs(submission->appends.emplace_back(), moment);
      submit(std::move(submission), moment);
    }
}

void QueueActor::run_batch(CommandBatchPtr batch) {
  catch_up();
  if (may_wait(*batch)) return lease_or_wait(std::move(batch));
  const Moment moment = read_clocks();
  SubmissionPtr submission = begin(moment);
  if (!submission) return batch->answer_all(state_is_void());
  submission->appends.resize(batch->ops.size());
  for (std::size_t i = 0; i < batch->ops.size(); ++i) {
    submission->appends[i].operation = batch->ops[i].operation;
    core_->decide(batch->ops[i], submission->appends[i], moment);
  }
  submission->batch = std::move(batch);
  submit(std::move(submission), moment);
}

/// All requests that are in the mailbox become one batch.
void QueueActor::ask(Ask& request, Responder<Answer> responder) {
  if (auto ok = admit(request); !ok) return responder.deliver(Answer::of(ok.error()));
  const auto* lease = std::get_if<LeaseJobs>(&request.command);
  if (lease != nullptr && lease->wait_ms > 0)
    return run_batch(make_asked_batch(std::move(request), std::move(responder)));
  if (!asked_) {
    auto askers = std::make_unique<AskCompletion>();
    askers_ = askers.get();
    asked_ = std::make_shared<CommandBatch>(std::move(askers));
    send(this, run_asked_atom_v);
  }
  askers_->add(std::move(responder));
  asked_->ops.push_back({std::move(request.command), std::move(request.principal), Reply{}, 0, request.operation});
}

void QueueActor::run_asked() { run_batch(std::exchange(asked_, nullptr)); }

void QueueActor::change_breaker(PendingChangePtr change, Responder<BreakerCommitted> responder) {
  catch_up();
  const Moment moment = read_clocks();
  SubmissionPtr submission = begin(moment);
  if (!submission) return responder.deliver(BreakerCommitted::of(state_is_void()));
  submission->first_must_be_new = !change->change.was_tried;
  auto effect = core_->apply(change->change, submission->appends.emplace_back(), moment);
  submission->on_settled = [to = shared(std::move(responder)), effect = std::move(effect), moment,
                            change = std::move(change)](const std::optional<Error>& error) mutable {
    change->is_recorded = !error && effect;
    to->deliver(BreakerCommitted{error ? Result<BreakerEffect>{*error} : std::move(effect), moment.wall});
  };
  submit(std::move(submission), moment);
}

void QueueActor::change_lane(const LaneChange& change, Responder<LaneCommitted> responder) {
  catch_up();
  const Moment moment = read_clocks();
  SubmissionPtr submission = begin(moment);
  if (!submission) return responder.deliver(LaneCommitted::of(state_is_void()));
  Append& append = submission->appends.emplace_back();
  append.operation = change.operation;
  submission->first_must_be_new = true;
  auto effect = change.create ? core_->create(change.campaign, *change.create, change.principal, append, moment)
                              : core_->change({change.campaign, change.action}, change.principal, append, moment);
  submission->on_settled = [to = shared(std::move(responder)),
                            effect = std::move(effect)](const std::optional<Error>& error) mutable {
    to->deliver(LaneCommitted{error ? Result<CampaignEffect>{*error} : std::move(effect)});
  };
  submit(std::move(submission), moment);
}

/// While the state is void no lease ends and no job comes due, and load() plans the next one.
void QueueActor::tick() {
  if (tick_at_ && clock().now() < *tick_at_) return;  // of what has ended or was put off; the right one will come
  tick_at_.reset();
  catch_up();
  const Moment moment = read_clocks();
  if (offer_at_ && *offer_at_ <= moment.steady) offer_at_.reset();
  SubmissionPtr submission = begin(moment);
  if (!submission) {
    refuse_due_waits(moment.steady);
    return plan_tick(false);
  }
  core_->note_late_runs(moment);
  if (const auto expiry = core_->next_expiry(); expiry && *expiry <= moment.steady)
    core_->expire(submission->appends.emplace_back(), moment);
  core_->expire_jobs(submission->appends.emplace_back(), moment);
  core_->make_due(submission->appends.emplace_back(), moment);
  core_->run_schedules(submission->appends.emplace_back(), moment);
  core_->advance_commands(submission->appends.emplace_back(), moment);
  core_->end_rollout(submission->appends.emplace_back(), moment);
  if (end_due_waits(*submission, moment)) {
    tick_at_ = moment.steady;  // the next one, so that submit() plans no other
    send(this, tick_atom_v);
  }
  submit(std::move(submission), moment);
}

// --- campaigns that are awake ---

void QueueActor::plan_progress() {
  if (progress_planned_ || !listener_ || !core_->has_ended_jobs()) return;
  progress_planned_ = true;
  delayed_send(this, progress_every, progress_atom_v);
}

/// What is not committed yet is told the next time.
void QueueActor::tell_progress() {
  progress_planned_ = false;
  if (is_current()) core_->settle_ended_jobs(progress_.number.load(std::memory_order_acquire));
  auto ended = core_->take_ended_jobs();
  if (!ended.campaigns.empty()) send(listener_, std::move(ended));
  plan_progress();
}

void QueueActor::let_rest(const CampaignId& campaign) {
  if (!listener_ || !is_current()) return;
  if (core_->let_rest(campaign)) send(listener_, Rest{campaign});
  end_turn();
}

}  // namespace breakerd
