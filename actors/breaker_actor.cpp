#include "actors/breaker_actor.hpp"

#include "actors/admission.hpp"
#include "events/breaker.hpp"
#include "storage/views.hpp"

namespace breakerd {
namespace {

constexpr std::chrono::milliseconds owed_retry{100};

Error storage_is_down() { return make_error(ErrorCode::unavailable, "storage is down: nothing was done"); }

Error will_be_recorded(const std::string& why) {
  return make_error(ErrorCode::outcome_unknown,
                    "outcome unknown: " + why + "; the gate is shut, and the opening is recorded when storage is back");
}

/// What the breaker records of a worker's report.
RecordFailure failure_of(const FailJob& report) {
  return {report.error, report.error_type, report.service, report.job, {}};  // the queue knows the job's campaign
}

bool is_opening(const Command& command) {
  return std::holds_alternative<RecordFailure>(command) || std::holds_alternative<OpenCircuit>(command) ||
         std::holds_alternative<FailJob>(command);
}

}  // namespace

BreakerActor::behavior_type BreakerActor::make_behavior() {
  send(writer_, attach_atom_v, caf::actor_cast<caf::actor>(this));
  reload();
  return {
      [this](FlightPtr& flight) {
        Op& op = flight->ops.front();
        run(std::move(op.command), std::move(op.principal), [flight](Outcome&& outcome) {
          flight->ops.front().outcome = std::move(outcome);
          flight->sink->landed(flight);
        });
      },
      [this](Ask& request) {
        auto promise = make_response_promise<caf::typed_response_promise<Answer>>();
        ask(std::move(request), [promise](Outcome&& outcome) mutable { promise.deliver(Answer{std::move(outcome)}); });
        return promise;
      },
      [this](circuit_atom) {
        return Answer{knows_state() ? Outcome{Reply{CircuitAnswer{false, state_.state, state_, 0, 0}}}
                                    : Outcome{storage_is_down()}};
      },
      [this](Resync) { reload(); },
      [this](retry_atom) {
        retry_sent_ = false;
        if (!owed_) return;
        Ask again = std::move(*owed_);
        owed_.reset();
        run(std::move(again.command), std::move(again.principal), [](Outcome&&) {});
      },
  };
}

void BreakerActor::reload() {
  loaded_ = false;
  const Speculation speculation = progress_.speculation.load(std::memory_order_acquire);
  auto view = log_.view();
  if (!view) return;
  auto state = read_breaker(**view);
  if (!state) return;
  state_ = std::move(*state);
  speculation_ = speculation;
  loaded_ = true;
}

bool BreakerActor::knows_state() {
  if (!loaded_ || speculation_ != progress_.speculation.load(std::memory_order_acquire)) reload();
  return loaded_ && health_.ready();
}

Result<std::optional<BreakerChange>> BreakerActor::decide_change(const Command& command, const std::string& principal) {
  using Change = std::optional<BreakerChange>;
  if (const auto* failure = std::get_if<RecordFailure>(&command))
    return Change{BreakerChange{decide(state_, *failure), principal, std::nullopt}};
  if (const auto* report = std::get_if<FailJob>(&command))
    return Change{BreakerChange{decide(state_, failure_of(*report)), principal, *report}};
  if (const auto* open = std::get_if<OpenCircuit>(&command)) {
    auto event = decide(state_, *open);
    return event ? Change{BreakerChange{std::move(*event), principal, std::nullopt}} : Change{};
  }
  if (const auto* close = std::get_if<CloseCircuit>(&command)) {
    auto event = decide(state_, *close);
    if (!event) return event.error();
    return *event ? Change{BreakerChange{std::move(**event), principal, std::nullopt}} : Change{};
  }
  return make_error(ErrorCode::invalid, "this command is not one of the breaker's");
}

void BreakerActor::ask(Ask request, Done reply) {
  const auto ok = admit(request);
  if (ok) return run(std::move(request.command), std::move(request.principal), reply);
  auto report = report_in(request.command);
  if (!report) return reply(ok.error());
  run(Command{std::move(*report)}, std::move(request.principal),
      [reply = std::move(reply), refusal = ok.error()](Outcome&& recorded) {
        reply(recorded ? Outcome{recorded_all_the_same(refusal)} : std::move(recorded));
      });
}

void BreakerActor::run(Command command, std::string principal, const Done& reply) {
  if (is_opening(command)) gate_.shut();
  if (!knows_state()) return refuse(std::move(command), std::move(principal), storage_is_down(), reply);
  if (owed_ && !is_opening(command))
    return reply(make_error(ErrorCode::unavailable, "an opening is still to be recorded: nothing was done, ask again"));
  auto decided = decide_change(command, principal);
  if (!decided) return reply(decided.error());
  if (*decided) return change(command, std::move(**decided), reply);
  reply(Reply{CircuitAnswer{false, state_.state, state_, 0, 0}});
}

void BreakerActor::change(const Command& command, BreakerChange wanted, const Done& reply) {
  const auto shared = std::make_shared<const BreakerChange>(std::move(wanted));
  request(queue_, request_timeout, BreakerChangePtr{shared})
      .await(
          [this, command, shared, reply](BreakerLanded& result) {
            if (result.effect) return reply(landed(command, *shared, result));
            reload();
            refuse(command, shared->principal, result.effect.error(), reply);
          },
          [this, command, shared, reply](const caf::error& error) {
            loaded_ = false;
            refuse(command, shared->principal,
                   make_error(ErrorCode::outcome_unknown,
                              "outcome unknown: no answer from the queue (" + caf::to_string(error) + ")"),
                   reply);
          });
}

/// An opening that was asked for is not given up: the gate stays shut, and it is tried again until it is in the log. A
/// close is for a person to ask again.
void BreakerActor::refuse(Command command, std::string principal, Error error, const Done& reply) {
  if (!is_opening(command)) return reply(std::move(error));
  owe(std::move(command), std::move(principal));
  reply(error.code == ErrorCode::outcome_unknown ? std::move(error) : will_be_recorded(error.detail));
}

Outcome BreakerActor::landed(const Command& command, const BreakerChange& change, BreakerLanded& landed) {
  CircuitAnswer answer;
  answer.previous = state_.state;
  answer.jobs = landed.effect->jobs;
  answer.campaigns = landed.effect->campaigns;
  const EventData& event = landed.effect->event;
  if (const auto* opened = std::get_if<CircuitOpened>(&event)) evolve(state_, *opened, change.principal, landed.time);
  if (const auto* failure = std::get_if<FailureRecorded>(&event)) evolve(state_, *failure, landed.time);
  if (const auto* closed = std::get_if<CircuitClosed>(&event)) evolve(state_, *closed, change.principal, landed.time);
  if (std::holds_alternative<FailJob>(command)) {
    Outcome& report = landed.effect->report;  // of the job; the failure is recorded whatever became of that
    return report ? std::move(report) : Outcome{recorded_all_the_same(report.error())};
  }
  answer.changed = answer.previous != state_.state;
  answer.breaker = state_;
  return Reply{std::move(answer)};
}

void BreakerActor::owe(Command command, std::string principal) {
  if (const auto* report = std::get_if<FailJob>(&command)) command = Command{failure_of(*report)};
  if (!owed_) owed_ = Ask{std::move(command), std::move(principal)};
  if (retry_sent_) return;
  retry_sent_ = true;
  delayed_send(this, owed_retry, retry_atom_v);
}

}  // namespace breakerd
