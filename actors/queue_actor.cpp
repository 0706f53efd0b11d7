#include "actors/queue_actor.hpp"

#include <algorithm>

#include "actors/admission.hpp"

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds load_retry{100};
constexpr std::chrono::milliseconds tick_min{5};

Error state_is_void() {
  return make_error(ErrorCode::unavailable,
                    "storage is down, or the queue is being read back from the log: nothing was done, ask again");
}

/// The error that befell the one append of a submission, if one did.
std::optional<Error> fate(const Submission& submission) {
  if (submission.failure) return submission.failure;
  if (!submission.answers.front()) return submission.answers.front().error();
  return std::nullopt;
}

/// Promises belong to the actor that made them, so flights of requests come back to its mailbox.
class AskSink final : public FlightSink {
 public:
  explicit AskSink(caf::actor queue) : queue_{std::move(queue)} {}
  void landed(FlightPtr flight) override { caf::anon_send(queue_, std::static_pointer_cast<AskFlight>(flight)); }

 private:
  caf::actor queue_;
};

}  // namespace

QueueActor::behavior_type QueueActor::make_behavior() {
  asked_ = std::make_shared<AskSink>(caf::actor_cast<caf::actor>(this));
  send(writer_, attach_atom_v, caf::actor_cast<caf::actor>(this));
  end_turn();
  return {
      [this](FlightPtr& flight) { fly(std::move(flight)); },
      [this](Ask& request) { return ask(request); },
      [this](depart_atom) { depart(); },
      [](AskFlightPtr& flight) {
        for (std::size_t i = 0; i < flight->ops.size(); ++i)
          flight->promises[i].deliver(Answer{std::move(flight->ops[i].outcome)});
      },
      [this](BreakerChangePtr& change) { return change_breaker(*change); },
      [this](LaneChange& change) { return change_lane(change); },
      [this](Resync resync) {
        speculation_ = resync.speculation;
        number_ = 0;
        load();
      },
      [this](tick_atom) { expire_leases(); },
      [this](retry_atom) {
        if (!loaded_) load();
      },
  };
}

void QueueActor::on_exit() {
  writer_ = nullptr;
  if (boarding_) {
    const Error ended = make_error(ErrorCode::unavailable, "the queue has ended: nothing was done");
    for (AskPromise& promise : boarding_->promises) promise.deliver(Answer{ended});
  }
  boarding_ = nullptr;
  asked_ = nullptr;
}

Moment QueueActor::now() { return {wall_(), clock().now()}; }

/// A log that is being reopened is waited for. A state that cannot be read is the end: the supervisor shuts the gate.
void QueueActor::load() {
  const auto outcome = core_->load(clock().now());
  loaded_ = outcome.has_value();
  if (!loaded_ && outcome.error().code != ErrorCode::unavailable) {
    log_line_("the queue's state cannot be read: " + outcome.error().detail);
    return quit(caf::make_error(caf::sec::runtime_error, outcome.error().detail));
  }
  if (!loaded_) delayed_send(this, load_retry, retry_atom_v);
  end_turn();
}

SubmissionPtr QueueActor::begin() {
  if (!loaded_ || speculation_ != progress_.speculation.load(std::memory_order_acquire)) return nullptr;
  auto submission = std::make_shared<Submission>();
  submission->speculation = speculation_;
  submission->number = ++number_;
  core_->begin_turn(number_, progress_.number.load(std::memory_order_acquire));
  return submission;
}

void QueueActor::end_turn() {
  core_->end_turn();
  if (loaded_ && core_->is_broken()) {  // a rule did not accept its own decision: back to what is committed
    loaded_ = false;
    send(writer_, Resync{speculation_});
  }
  const auto next = core_->next_expiry();
  if (!loaded_ || !next || (tick_at_ && *tick_at_ <= *next)) return;
  tick_at_ = next;
  const auto wait =
      std::chrono::duration_cast<std::chrono::milliseconds>(*next - clock().now()) + std::chrono::milliseconds{1};
  delayed_send(this, std::max(wait, tick_min), tick_atom_v);
}

/// What could not be read is told before what was decided meanwhile, which will be refused with it.
void QueueActor::tell_unreadable() {
  if (auto unreadable = core_->take_unreadable()) send(writer_, Unreadable{std::move(unreadable->detail)});
}

void QueueActor::submit(SubmissionPtr submission) {
  tell_unreadable();
  caf::anon_send(writer_, std::move(submission));
  end_turn();
}

void QueueActor::submit(SubmissionPtr submission, const std::function<void(const std::optional<Error>&)>& landed) {
  tell_unreadable();
  request(writer_, request_timeout, std::move(submission))
      .then([landed](const SubmissionPtr& answered) { landed(fate(*answered)); },
            [landed](const caf::error& error) {
              landed(make_error(ErrorCode::outcome_unknown,
                                "outcome unknown: no answer from the log (" + caf::to_string(error) + ")"));
            });
  end_turn();
}

void QueueActor::fly(FlightPtr flight) {
  SubmissionPtr submission = begin();
  if (!submission) {
    for (Op& op : flight->ops) op.outcome = state_is_void();
    FlightSink& sink = *flight->sink;
    return sink.landed(std::move(flight));
  }
  const Moment moment = now();
  submission->appends.resize(flight->ops.size());
  for (std::size_t i = 0; i < flight->ops.size(); ++i) core_->decide(flight->ops[i], submission->appends[i], moment);
  submission->flight = std::move(flight);
  submit(std::move(submission));
}

/// All requests that are in the mailbox board one flight.
QueueActor::AskPromise QueueActor::ask(Ask& request) {
  auto promise = make_response_promise<AskPromise>();
  if (auto ok = admit(request); !ok) return promise.deliver(Answer{ok.error()});
  if (!boarding_) {
    boarding_ = std::make_shared<AskFlight>();
    boarding_->sink = asked_;
    send(this, depart_atom_v);
  }
  boarding_->ops.push_back({std::move(request.command), std::move(request.principal), Reply{}, 0});
  boarding_->promises.push_back(promise);
  return promise;
}

void QueueActor::depart() { fly(std::exchange(boarding_, nullptr)); }

caf::typed_response_promise<BreakerLanded> QueueActor::change_breaker(const BreakerChange& change) {
  auto promise = make_response_promise<caf::typed_response_promise<BreakerLanded>>();
  SubmissionPtr submission = begin();
  if (!submission) return promise.deliver(BreakerLanded{state_is_void(), no_time});
  const Moment moment = now();
  auto effect = core_->apply(change, submission->appends.emplace_back(), moment);
  submit(std::move(submission), [promise, effect, moment](const std::optional<Error>& error) mutable {
    promise.deliver(BreakerLanded{error ? Result<BreakerEffect>{*error} : std::move(effect), moment.wall});
  });
  return promise;
}

caf::typed_response_promise<LaneLanded> QueueActor::change_lane(const LaneChange& change) {
  auto promise = make_response_promise<caf::typed_response_promise<LaneLanded>>();
  SubmissionPtr submission = begin();
  if (!submission) return promise.deliver(LaneLanded{state_is_void()});
  Append& append = submission->appends.emplace_back();
  auto effect = change.create ? core_->create(change.campaign, *change.create, change.principal, append, now())
                              : core_->change({change.campaign, change.action}, change.principal, append, now());
  submit(std::move(submission), [promise, effect](const std::optional<Error>& error) mutable {
    promise.deliver(LaneLanded{error ? Result<CampaignEffect>{*error} : std::move(effect)});
  });
  return promise;
}

void QueueActor::expire_leases() {
  if (tick_at_ && clock().now() < *tick_at_) return;  // of a lease that was ended or extended; the right one will come
  tick_at_.reset();
  SubmissionPtr submission = begin();
  if (!submission) return;
  const bool more = core_->expire(submission->appends.emplace_back(), now());
  if (more) send(this, tick_atom_v);
  submit(std::move(submission));
}

}  // namespace breakerd
