#include <breakerd/actors/breaker/breaker_actor.hpp>

#include <algorithm>

#include <breakerd/actors/base/admission.hpp>
#include <breakerd/actors/base/asked_batch.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds owed_retry{100};
constexpr std::size_t owed_max = 1'000;

Error storage_is_down() { return make_error(ErrorCode::unavailable, "storage is down: nothing was done"); }

Error owes_an_opening() {
  return make_error(ErrorCode::unavailable, "an opening is still to be recorded: nothing was done, ask again");
}

Error hangs_before() {
  return make_error(ErrorCode::unavailable, "the change before this one hangs: nothing was done, ask again");
}

Error hangs() {
  return make_error(ErrorCode::outcome_unknown, "outcome unknown: the write hangs; it may still be recorded");
}

/// What the asker of an opening hears when it is not in the log yet.
Error will_be_recorded(const Error& why) {
  const bool says_so = why.code == ErrorCode::outcome_unknown;
  return make_error(ErrorCode::outcome_unknown,
                    (says_so ? why.detail : "outcome unknown: " + why.detail) +
                        "; the gate is shut, and the opening is recorded when storage is back");
}

Error too_many_owed() {
  return make_error(ErrorCode::unavailable, "this report was not recorded: the gate is shut, and " +
                                                std::to_string(owed_max) + " openings are to be recorded already");
}

/// What the breaker records of a worker's report.
RecordFailure failure_of(const FailJob& report) {
  return {report.error, report.error_type, report.service, report.job, {}};  // the queue knows the job's campaign
}

void answer(const CommandBatchPtr& batch, Outcome outcome) {
  batch->ops.front().outcome = std::move(outcome);
  batch->answer();
}

}  // namespace

BreakerActor::behavior_type BreakerActor::make_behavior() {
  send(writer_, attach_atom_v, caf::actor_cast<caf::actor>(this));
  return {
      [this](CommandBatchPtr& batch) { take(std::move(batch)); },
      [this](Ask& request) {
        auto asked = asked_of<Answer>(*this);
        if (CommandBatchPtr batch = make_asked_batch(std::move(request), std::move(asked.responder)))
          take(std::move(batch));
        return asked.promise;
      },
      [this](circuit_atom) {
        const bool known = under_way_ ? health_.storage_is_up() : knows_state();
        return Answer{known ? Outcome{Reply{CircuitAnswer{false, state_.state, state_, 0, 0}}}
                            : Outcome{storage_is_down()}};
      },
      [this](Resync) { loaded_ = false; },
      [this](retry_atom) {
        retry_sent_ = false;
        retry_due_ = true;
        next();
      },
      [this](overdue_atom) {
        overdue_sent_ = false;
        answer_overdue();
      },
  };
}

void BreakerActor::on_exit() {
  gate_.shut(Gate::Reason::ended);  // before anything that it held is let go of
  if (under_way_) {
    if (under_way_->turn.batch) under_way_->turn.batch->mark_undecided();
    leave_behind(under_way_->turn, under_way_->pending);
  }
  for (Turn& turn : owed_) leave_behind(turn, nullptr);
  for (Turn& turn : waiting_) leave_behind(turn, nullptr);
  under_way_.reset();
  owed_.clear();
  waiting_.clear();
  queue_ = nullptr;
  writer_ = nullptr;
}

void BreakerActor::leave_behind(Turn& turn, PendingChangePtr pending) {
  if (!turn.opening) return;
  if (turn.batch && !pending) turn.batch->mark_undecided();  // it is tried once more when the core stops
  left_behind_.add({std::move(turn.command), std::move(turn.principal), turn.operation, std::move(pending)});
}

bool BreakerActor::knows_state() {
  const Speculation speculation = progress_.speculation.load(std::memory_order_acquire);
  if (!loaded_ || speculation_ != speculation) {
    loaded_ = false;
    auto view = log_.view();
    if (!view) return false;
    auto state = read_breaker(**view);
    if (!state) return false;
    state_ = std::move(*state);
    speculation_ = speculation;
    loaded_ = true;
  }
  return health_.storage_is_up();
}

Result<std::optional<BreakerChange>> BreakerActor::decide_change(const Turn& turn) {
  std::optional<BreakerChange> change{{CircuitClosed{}, turn.principal, std::nullopt, turn.operation, turn.owed}};
  if (const auto* failure = std::get_if<RecordFailure>(&turn.command)) {
    change->event = decide(state_, *failure, in_flight_);
  } else if (const auto* report = std::get_if<FailJob>(&turn.command)) {
    change->event = decide(state_, failure_of(*report), in_flight_);
    change->report = *report;
  } else if (const auto* open = std::get_if<OpenCircuit>(&turn.command)) {
    change->event = decide(state_, *open, in_flight_);
  } else if (const auto* close = std::get_if<CloseCircuit>(&turn.command)) {
    auto event = decide(state_, *close);
    if (!event) return event.error();
    if (!*event) return std::optional<BreakerChange>{};
    change->event = std::move(**event);
    change->plan = close->plan;
  } else {
    return make_error(ErrorCode::invalid, "this command is not one of the breaker's");
  }
  return change;
}

bool BreakerActor::is_stuck() const {
  return under_way_ && (under_way_->overdue || gate_.is_shut_by(Gate::Reason::stall));
}

/// The gate is shut from here on for an opening, whatever is decided before it: it has a ticket.
void BreakerActor::take(CommandBatchPtr batch) {
  Op& op = batch->ops.front();
  if (asks_to_open(op.command) && !batch->opening) batch->opening = OpeningTicket{gate_};
  if (!batch->opening && owes()) return batch->answer_all(owes_an_opening());
  if (!batch->opening && is_stuck()) return batch->answer_all(hangs_before());
  OperationId operation = op.operation;
  if (operation.is_nil() && batch->opening) operation = random_.operation_id();
  Turn turn{std::move(op.command), std::move(op.principal), std::move(batch->opening), operation, std::move(batch),
            clock().now()};
  if (is_stuck()) {
    if (promised() >= owed_max) return refuse_one_too_many(std::move(turn));
    answer(std::exchange(turn.batch, nullptr), will_be_recorded(hangs_before()));
  }
  waiting_.push_back(std::move(turn));
  next();
  plan_overdue();
}

std::size_t BreakerActor::promised() const {
  return static_cast<std::size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [](const Turn& turn) { return turn.opening && !turn.batch; }));
}

/// Those that are kept have tickets: the gate stays shut without this one's.
void BreakerActor::refuse_one_too_many(Turn turn) {
  turn.opening.release();
  if (turn.batch) answer(turn.batch, too_many_owed());
}

void BreakerActor::next() {
  while (!under_way_) {
    const bool owed_first = retry_due_ && !owed_.empty();
    std::deque<Turn>& from = owed_first ? owed_ : waiting_;
    if (from.empty()) return;
    Turn turn = std::move(from.front());
    from.pop_front();
    run(std::move(turn));
  }
}

void BreakerActor::run(Turn turn) {
  if (!knows_state()) return refuse(std::move(turn), storage_is_down());
  if (owes() && !turn.opening) return refuse(std::move(turn), owes_an_opening());
  auto decided = decide_change(turn);
  if (!decided) return refuse(std::move(turn), decided.error());
  if (*decided) return change(std::move(turn), std::move(**decided));
  turn.opening.release();
  if (turn.batch) answer(turn.batch, Reply{CircuitAnswer{false, state_.state, state_, 0, 0}});
}

/// The queue and the log answer by construction, however long it takes: the request needs no time-out of its own, and a
/// change whose outcome is open is never taken for one that was given up.
void BreakerActor::change(Turn turn, BreakerChange wanted) {
  const auto pending = std::make_shared<PendingChange>(std::move(wanted));
  if (turn.opening && turn.batch && gate_.is_shut_by(Gate::Reason::stall))
    answer(std::exchange(turn.batch, nullptr), will_be_recorded(hangs()));
  under_way_ = UnderWay{std::move(turn), pending, speculation_};
  request(queue_, caf::infinite, pending)
      .then([this](BreakerCommitted& result) { finish(result); },
            [this](const caf::error& error) {
              BreakerCommitted lost = BreakerCommitted::of(
                  make_error(ErrorCode::outcome_unknown,
                             "outcome unknown: no answer from the queue (" + caf::to_string(error) + ")"));
              finish(lost);
            });
}

void BreakerActor::finish(BreakerCommitted& result) {
  UnderWay ended = std::move(*under_way_);
  under_way_.reset();
  if (!result.effect) {
    loaded_ = false;
    if (ended.overdue && !ended.turn.opening) return next();  // its asker has been answered
    refuse(std::move(ended.turn), result.effect.error());
    return next();
  }
  Outcome outcome = evolve_by(ended, result);
  if (ended.speculation != progress_.speculation.load(std::memory_order_acquire)) loaded_ = false;
  ended.turn.opening.release();
  if (ended.turn.batch) answer(ended.turn.batch, std::move(outcome));
  next();
}

Outcome BreakerActor::evolve_by(const UnderWay& from, BreakerCommitted& result) {
  CircuitAnswer circuit;
  circuit.previous = state_.state;
  const InFlight in_flight_before = state_.in_flight;
  circuit.jobs = result.effect->jobs;
  circuit.campaigns = result.effect->campaigns;
  circuit.plan = std::move(result.effect->plan);
  const EventData& event = result.effect->event;
  const std::string& principal = from.pending->change.principal;
  if (const auto* opened = std::get_if<CircuitOpened>(&event)) evolve(state_, *opened, principal, result.time);
  if (const auto* failure = std::get_if<FailureRecorded>(&event)) evolve(state_, *failure, principal, result.time);
  if (const auto* again = std::get_if<OpeningReaffirmed>(&event)) evolve(state_, *again, principal, result.time);
  if (const auto* closed = std::get_if<CircuitClosed>(&event)) evolve(state_, *closed, principal, result.time);
  if (from.pending->change.report) {
    Outcome& report = result.effect->report;  // of the job; the failure is recorded whatever became of that
    return report ? std::move(report) : Outcome{recorded_all_the_same(report.error())};
  }
  circuit.changed = circuit.previous != state_.state;
  circuit.is_new_choice = !circuit.changed && state_.in_flight != in_flight_before;
  circuit.breaker = state_;
  return Reply{std::move(circuit)};
}

/// An opening that was asked for is not given up: its ticket keeps the gate shut, and it is tried again until it is in
/// the log. A close is for a person to ask again.
void BreakerActor::refuse(Turn turn, const Error& error) {
  if (!turn.opening) {
    if (turn.batch) answer(turn.batch, error);
    return;
  }
  if (owed_.size() >= owed_max && !turn.owed && turn.batch) return refuse_one_too_many(std::move(turn));
  if (turn.batch) answer(std::exchange(turn.batch, nullptr), will_be_recorded(error));
  owe(std::move(turn));
}

void BreakerActor::owe(Turn turn) {
  if (const auto* report = std::get_if<FailJob>(&turn.command)) turn.command = Command{failure_of(*report)};
  const bool was_owed = std::exchange(turn.owed, true);
  if (was_owed)
    owed_.push_front(std::move(turn));
  else
    owed_.push_back(std::move(turn));
  retry_due_ = false;
  if (std::exchange(retry_sent_, true)) return;
  delayed_send(this, owed_retry, retry_atom_v);
}

/// Whoever has waited for request_timeout is told so. What is under way stays under way, and an opening stays one.
void BreakerActor::answer_overdue() {
  const auto is_overdue = [now = clock().now()](const Turn& turn) {
    return turn.batch && now - turn.since >= request_timeout;
  };
  if (under_way_ && is_overdue(under_way_->turn)) {
    under_way_->overdue = true;
    answer(std::exchange(under_way_->turn.batch, nullptr),
           under_way_->turn.opening ? will_be_recorded(hangs()) : hangs());
  }
  std::erase_if(waiting_, [&](Turn& turn) {
    if (!is_overdue(turn)) return false;
    answer(std::exchange(turn.batch, nullptr), turn.opening ? will_be_recorded(hangs_before()) : hangs_before());
    return !turn.opening;
  });
  plan_overdue();
}

void BreakerActor::plan_overdue() {
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [](const Turn& turn) { return turn.batch; });
  const bool first = under_way_ && under_way_->turn.batch;
  if (overdue_sent_ || (!first && waiting == waiting_.end())) return;
  overdue_sent_ = true;
  const auto since = first ? under_way_->turn.since : waiting->since;
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(since + request_timeout - clock().now());
  delayed_send(this, std::max(wait + std::chrono::milliseconds{1}, std::chrono::milliseconds{1}), overdue_atom_v);
}

}  // namespace breakerd
