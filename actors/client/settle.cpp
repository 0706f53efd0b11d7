// Many leases that end in one call, and the lease of the next jobs with them.

#include <algorithm>
#include <future>
#include <utility>

#include <breakerd/actors/base/admission.hpp>
#include <breakerd/actors/base/settle_steps.hpp>
#include <breakerd/actors/client/client_impl.hpp>

namespace breakerd {
namespace {

/// Hands the outcomes of a batch to the thread that waits for them.
class Handed final : public Completion {
 public:
  [[nodiscard]] std::future<std::vector<Op>> future() { return promise_.get_future(); }
  void complete(std::vector<Op>&& ops) noexcept override { promise_.set_value(std::move(ops)); }

 private:
  std::promise<std::vector<Op>> promise_;
};

bool is_report(const Command& command) { return report_in(command).has_value(); }

/// Bad values of all but the reports, which are refused by themselves.
Result<void> check(std::vector<Command>& ends, const std::string& principal) {
  if (ends.size() > limits::settle_max)
    return invalid_field("ends", "at most " + std::to_string(limits::settle_max) + " of them");
  for (std::size_t i = 0; i < ends.size(); ++i) {
    if (is_report(ends[i])) continue;
    Ask request{std::move(ends[i]), principal};
    auto ok = admit(request);
    ends[i] = std::move(request.command);
    if (ok) continue;
    Error error = ok.error();
    const std::string place = "[" + std::to_string(i) + "]";
    error.detail = place + ": " + error.detail;
    for (FieldError& field : error.fields) field.field = place + "." + field.field;
    return error;
  }
  return {};
}

Result<JobView> job_in(Outcome&& outcome) {
  if (!outcome) return outcome.error();
  return std::get<JobView>(std::move(*outcome));
}

/// Of what is still to be asked: neither done nor a failure.
Error not_asked() { return make_error(ErrorCode::invalid, "not asked yet"); }

bool is_of_the_whole(const Outcome& outcome) {
  return !outcome &&
         (outcome.error().code == ErrorCode::unavailable || outcome.error().code == ErrorCode::outcome_unknown);
}

/// What befell the whole call, in words that do not say that nothing was done when something was. What was
/// recorded of a service is something, whatever became of its job.
std::optional<Error> failure_of(const std::vector<Outcome>& outcomes, bool any_recorded) {
  std::optional<Error> failure;
  for (const Outcome& outcome : outcomes)
    if (is_of_the_whole(outcome) && (!failure || outcome.error().code == ErrorCode::outcome_unknown))
      failure = outcome.error();
  const bool any_done =
      any_recorded || std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& one) { return one.has_value(); });
  if (failure && failure->code == ErrorCode::unavailable && any_done)
    return make_error(ErrorCode::outcome_unknown, "only a part of it could be done: ask again");
  return failure;
}

}  // namespace

std::vector<Outcome> Client::Impl::ask_together(std::vector<Command> commands) {
  if (commands.empty()) return {};
  const std::size_t count = commands.size();
  auto completion = std::make_unique<Handed>();
  auto answers = completion->future();
  auto batch = std::make_shared<CommandBatch>(std::move(completion));
  for (Command& command : commands) batch->ops.push_back({std::move(command), options_.principal, Reply{}, 0});
  core_->dispatch(batch);
  batch = nullptr;  // it answers when the core lets go of it
  if (answers.wait_for(request_timeout) != std::future_status::ready)
    return std::vector<Outcome>(count, make_error(ErrorCode::outcome_unknown, "outcome unknown: the write hangs"));
  std::vector<Outcome> outcomes;
  for (Op& op : answers.get()) outcomes.push_back(std::move(op.outcome));
  return outcomes;
}

Result<SettledAndLeased> Client::Impl::settle_in_steps(std::vector<Command> ends, std::optional<LeaseJobs> next) {
  const std::uint32_t wait_ms = next ? std::exchange(next->wait_ms, 0) : 0;
  auto steps = settle_steps(ends);
  const bool opens = std::any_of(steps.begin(), steps.end(), [](const SettleStep& step) { return step.opens; });
  if (next && opens) next->max = 0;
  if (next && (steps.empty() || steps.back().opens)) steps.emplace_back();
  std::vector<Outcome> outcomes(ends.size(), not_asked());
  bool any_recorded = false;
  std::optional<Outcome> leased;
  for (const SettleStep& step : steps) {
    if (step.opens) {
      for (const std::size_t i : step.items) {
        outcomes[i] = ask(std::move(ends[i]), options_.principal);
        if (outcomes[i] || outcomes[i].error().code != ErrorCode::unavailable) any_recorded = true;
      }
      continue;
    }
    std::vector<Command> together;
    for (const std::size_t i : step.items) together.push_back(std::move(ends[i]));
    const bool leases = next && &step == &steps.back() && !failure_of(outcomes, any_recorded);
    if (leases) together.emplace_back(*next);
    auto answers = ask_together(std::move(together));
    if (leases) leased = std::move(answers.back());
    for (std::size_t k = 0; k < step.items.size(); ++k) outcomes[step.items[k]] = std::move(answers[k]);
  }
  if (auto failure = failure_of(outcomes, any_recorded)) return *failure;
  SettledAndLeased answer;
  if (leased && !*leased) return leased->error();
  if (leased) answer.lease = std::get<LeaseAnswer>(std::move(**leased));
  for (Outcome& outcome : outcomes) answer.settled.push_back(job_in(std::move(outcome)));
  if (opens || wait_ms == 0 || !answer.lease.jobs.empty()) return answer;
  next->wait_ms = wait_ms;
  auto waited = ask(*next, options_.principal);
  if (waited) answer.lease = std::get<LeaseAnswer>(std::move(*waited));
  return answer;
}

/// A call with a mistake ends no lease; a failure of a service that it reports counts all the same (design, rule 8).
Error Client::Impl::record_and_refuse(const std::vector<Command>& ends, Error mistake) {
  const auto report = std::find_if(ends.begin(), ends.end(), is_report);
  if (report == ends.end()) return mistake;
  if (auto recorded = ask(*report_in(*report), options_.principal); !recorded) return recorded.error();
  return recorded_all_the_same(std::move(mistake));
}

Result<SettledAndLeased> Client::Impl::settle(std::vector<LeaseEnd> ends, std::optional<LeaseJobs> next) {
  return guarded([&]() -> Result<SettledAndLeased> {
    if (auto ended = core_->ended()) return std::move(*ended);
    std::vector<Command> commands;
    for (LeaseEnd& end : ends) std::visit([&](auto& one) { commands.emplace_back(std::move(one)); }, end);
    if (is_within_callback()) {
      std::optional<Error> refusal;  // of a report that was sent, if there is one
      for (Command& command : commands)
        if (is_report(command)) refusal = refuse_in_callback(std::move(command), options_.principal).error();
      return refusal ? std::move(*refusal) : refuse_in_callback(LeaseJobs{}, options_.principal).error();
    }
    if (auto ok = check(commands, options_.principal); !ok) return record_and_refuse(commands, ok.error());
    if (next) {
      Ask request{std::move(*next), options_.principal};
      if (auto ok = admit(request); !ok) return record_and_refuse(commands, ok.error());
      next = std::get<LeaseJobs>(std::move(request.command));
    }
    return settle_in_steps(std::move(commands), std::move(next));
  });
}

}  // namespace breakerd
