// The leases that wait for jobs (queue_actor.hpp). One that finds no job becomes a waiter: it has no turn, no
// submission and no timer of its own. When a turn has made jobs ready, waiters that may take them are decided at its
// end, and go to the log in its submission. So a grant is durable with what made the job ready, or not at all.

#include <algorithm>

#include <breakerd/actors/queue/queue_actor.hpp>

namespace breakerd {
namespace {

/// In one turn. The others are served when it is committed.
constexpr std::size_t served_per_turn = 1'000;
/// Of payloads, likewise; the waiter that goes past it is the last one.
constexpr std::size_t served_bytes_per_turn = 4 << 20;
/// While a reason or an opening on its way shuts the gate, nobody says when that is over.
constexpr std::chrono::milliseconds held_retry{25};

std::size_t payload_bytes(const LeaseAnswer& answer) {
  std::size_t bytes = 0;
  for (const LeasedJob& job : answer.jobs) bytes += job.job.spec->payload.size();
  return bytes;
}

/// Null when it was refused.
LeaseAnswer* answer_of(Op& op) { return op.outcome ? &std::get<LeaseAnswer>(*op.outcome) : nullptr; }

bool is_empty(const Op& op) { return op.outcome && std::get<LeaseAnswer>(*op.outcome).jobs.empty(); }

Error too_many(std::size_t max) {
  return make_error(ErrorCode::unavailable, std::to_string(max) +
                                                " leases wait already: nothing was done, ask again "
                                                "later, or without wait_ms");
}

void answer_with(Submission& submission, const CommandBatchPtr& batch, Append&& append) {
  if (LeaseAnswer* const answer = answer_of(batch->ops.front())) answer->waited = true;
  submission.waiters.push_back({batch, submission.appends.size()});
  submission.appends.push_back(std::move(append));
}

/// A lease that got no job may have met some that a plan has parked or cancelled there.
void keep_events(Submission& submission, Append&& append) {
  if (!append.events.empty()) submission.appends.push_back(std::move(append));
}

}  // namespace

void QueueActor::lease_or_wait(CommandBatchPtr batch) {
  const Moment moment = read_clocks();
  SubmissionPtr submission = begin(moment);
  if (!submission) return batch->answer_all(state_is_void());
  Append append;
  Op& op = batch->ops.front();
  core_->decide(op, append, moment);
  const bool waits = is_empty(op) && !waits_ended_ && !batch->client_ended;
  if (waits && waiters_.size() < waits_.max) {
    const std::chrono::milliseconds wait{std::get<LeaseJobs>(op.command).wait_ms};
    waiters_.add(std::move(batch), moment.steady + wait, moment.wall);
    keep_events(*submission, std::move(append));
    waits_changed();
    core_->note_new_waiter();
    if (core_->is_held()) core_->all_may_be_ready();  // there may be jobs that were not looked at
  } else {
    if (waits) op.outcome = too_many(waits_.max);
    submission->appends.push_back(std::move(append));
    submission->batch = std::move(batch);
  }
  submit(std::move(submission), moment);
}

/// At the end of a turn: whatever it has decided comes before.
void QueueActor::offer_ready(Submission& submission, const Moment& now) {
  ReadyTypes& ready = core_->ready();
  if (!ready.any() || core_->is_broken()) return;
  if (core_->is_paused()) return ready.clear();
  if (core_->is_held()) {
    if (!offer_at_) offer_at_ = now.steady + held_retry;
    return;
  }
  std::size_t served = 0;
  std::size_t bytes = 0;
  bool failed = false;
  const bool all_served = waiters_.offer(ready, [&](const CommandBatchPtr& batch) {
    using Offered = LeaseWaiters::Offered;
    if (failed || served == served_per_turn || bytes >= served_bytes_per_turn) return Offered::stop;
    Append append;
    Op& op = batch->ops.front();
    if (batch->client_ended) {
      core_->decide_empty_lease(op, append);
    } else {
      core_->decide(op, append, now);
      if (is_empty(op)) {
        keep_events(submission, std::move(append));
        return Offered::nothing;
      }
    }
    ++served;
    if (const LeaseAnswer* answer = answer_of(op)) bytes += payload_bytes(*answer);
    failed = !op.outcome;  // what cannot be read is met once
    answer_with(submission, batch, std::move(append));
    return Offered::taken;
  });
  waits_changed();
  if (all_served) return ready.clear();
  if (failed) {
    offer_at_ = now.steady + held_retry;
  } else {
    core_->offer_rest_later();
  }
}

void QueueActor::offer_again(const OfferReady& more) {
  if (waiters_.empty()) return;
  core_->ready().add(more.types);
  const Moment moment = read_clocks();
  SubmissionPtr submission = begin(moment);
  if (submission) submit(std::move(submission), moment);  // else load() offers all
}

/// True when there are more.
bool QueueActor::end_due_waits(Submission& submission, const Moment& now) {
  for (const CommandBatchPtr& batch : waiters_.take_due(now.steady, served_per_turn)) {
    Append append;
    Op& op = batch->ops.front();
    if (batch->client_ended)
      core_->decide_empty_lease(op, append);
    else
      core_->decide(op, append, now);
    answer_with(submission, batch, std::move(append));
  }
  waits_changed();
  const auto next = waiters_.next_due();
  return next && *next <= now.steady;
}

void QueueActor::refuse_due_waits(SteadyTime now) {
  for (const CommandBatchPtr& batch : waiters_.take_due(now, waiters_.size())) batch->answer_all(state_is_void());
  waits_changed();
}

void QueueActor::end_wait(const CommandBatchPtr& lease) {
  waiters_.end(lease, clock().now());
  plan_tick(true);
}

void QueueActor::end_waits() {
  waits_ended_ = true;
  waiters_.end_all(clock().now());
  plan_tick(true);
}

void QueueActor::waits_changed() {
  waits_.count.store(waiters_.size(), std::memory_order_relaxed);
  core_->watch_ready(!waiters_.empty());
}

}  // namespace breakerd
