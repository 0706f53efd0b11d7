// Leases that end, many in one call, and the lease of the next jobs with them
// (docs/decisions/many-completes-are-single-commands.md).

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include <breakerd/actors/base/settle_steps.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/validate.hpp>
#include <breakerd/events/views/view_json.hpp>
#include <breakerd/http/api/answer_bytes.hpp>
#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/item_outcomes.hpp>
#include <breakerd/http/api/lease_delivery.hpp>
#include <breakerd/http/api/settle.hpp>

namespace breakerd::http {
namespace {

// --- from what the body says to commands ---

/// One lease that ends.
struct End {
  JobId job = 0;
  Command command;
  std::optional<Problem> label;  ///< what is wrong with the service of a report: its failure is recorded all the same
};

/// The fields that do not go with the outcome.
void refuse_foreign(Call& call, const Settlement& one, const std::string& place) {
  const bool is_fail = one.outcome == "fail";
  const auto refuse_if = [&](std::string_view field, bool is_given) {
    if (is_given)
      call.refuse_field(place + std::string{field}, "nothing: the outcome \"" + one.outcome + "\" has no such field");
  };
  refuse_if("result", one.outcome != "complete" && !one.result.empty());
  refuse_if("error", !is_fail && !one.error.empty());
  refuse_if("error_type", !is_fail && !one.error_type.empty());
  refuse_if("service", !is_fail && !one.service.empty());
  refuse_if("retry", !is_fail && one.retry.has_value());
  refuse_if("retry_after_ms", !is_fail && one.retry_after_ms.has_value());
}

Command command_of(Settlement&& one) {
  if (one.outcome == "complete") return CompleteJob{one.job, std::move(one.token), std::move(one.result)};
  if (one.outcome == "release") return ReleaseJob{one.job, std::move(one.token)};
  FailJob report{one.job, std::move(one.token), std::move(one.error), std::move(one.error_type),
                 std::move(one.service)};
  report.retry = one.retry.value_or(true);
  report.retry_after_ms = one.retry_after_ms;
  return report;
}

RecordFailure failure_in(FailJob&& report) {
  RecordFailure failure;
  failure.error = std::move(report.error);
  failure.error_type = std::move(report.error_type);
  failure.service = std::move(report.service);
  failure.job = report.job;
  failure = recordable(std::move(failure));
  move_label_into_text(failure);  // well-formed, but none of the configured ones
  clip_text(failure.error, limits::error_bytes_max);
  return failure;
}

Problem label_problem(const std::vector<FieldError>& fields) {
  return {422, "invalid", "service: expected " + fields.front().expected, {}, {}};
}

/// A label that is none is no reason to refuse the others, nor to lose the failure.
End checked(Call& call, Settlement&& one, const std::string& place) {
  End end{one.job, command_of(std::move(one)), std::nullopt};
  const auto valid = validate(end.command);
  const bool only_label = valid || std::all_of(valid.error().fields.begin(), valid.error().fields.end(),
                                               [](const FieldError& error) { return error.field == "service"; });
  if (!only_label) {
    for (const FieldError& error : valid.error().fields) call.refuse_field(place + error.field, error.expected);
    return end;
  }
  end.label = unknown_service(end.command, call.options.services);
  if (!valid && !end.label) end.label = label_problem(valid.error().fields);
  if (end.label) end.command = failure_in(std::get<FailJob>(std::move(end.command)));
  return end;
}

/// Refused fields are the call's; `name` is that of the array.
std::vector<End> ends_of(Call& call, std::vector<Settlement>&& settlements, std::string_view name) {
  std::vector<End> ends;
  ends.reserve(settlements.size());
  for (std::size_t i = 0; i < settlements.size(); ++i) {
    Settlement& one = settlements[i];
    const std::string place = std::string{name} + "[" + std::to_string(i) + "].";
    if (one.job == 0) call.refuse_field(place + "job_id", "the id of a job: a whole number from 1");
    if (one.outcome != "complete" && one.outcome != "fail" && one.outcome != "release") {
      call.refuse_field(place + "outcome", R"("complete", "fail" or "release")");
      continue;
    }
    refuse_foreign(call, one, place);
    ends.push_back(checked(call, std::move(one), place));
  }
  return ends;
}

/// The first failure of a service that the entries report, as far as they can be read.
std::optional<RecordFailure> first_report(const std::vector<Settlement>& settlements) {
  for (const Settlement& one : settlements) {
    if (one.service.empty() || one.outcome == "complete" || one.outcome == "release") continue;
    RecordFailure failure;
    failure.error = one.error;
    failure.error_type = one.error_type;
    failure.service = one.service;
    failure.job = one.job;
    return failure;
  }
  return std::nullopt;
}

/// "settle[3].service" and "[3].service": of this entry the service is what is wrong.
std::optional<std::size_t> entry_of_service(const std::string& field) {
  const std::size_t open = field.find('[');
  if (open == std::string::npos || !field.ends_with("].service")) return std::nullopt;
  std::size_t entry = 0;
  const auto [end, error] = std::from_chars(field.data() + open + 1, field.data() + field.size(), entry);
  return error == std::errc{} && *end == ']' ? std::optional{entry} : std::nullopt;
}

/// A report whose service is no label is one all the same.
std::optional<RecordFailure> report_without_label(const std::vector<std::string>& outcomes, const Problem& problem) {
  for (const FieldError& error : problem.errors) {
    const auto entry = entry_of_service(error.field);
    if (!entry || *entry >= outcomes.size() || outcomes[*entry] != "fail") continue;
    RecordFailure failure;
    failure.error = "a failure of a service was reported without a label that can be read";
    return failure;
  }
  return std::nullopt;
}

/// The words of the entries, which move away with them.
std::vector<std::string> outcomes_of(const std::vector<Settlement>& settlements) {
  std::vector<std::string> outcomes;
  for (const Settlement& one : settlements) outcomes.push_back(one.outcome);
  return outcomes;
}

/// A call with a mistake ends no lease; a failure of a service that it reports counts all the same (design, rule 8).
void refuse_all(Call& call, std::optional<RecordFailure>&& report, const std::vector<std::string>& outcomes,
                Problem&& problem) {
  if (!report) report = report_without_label(outcomes, problem);
  if (!report) return call.exchange.refuse(problem);
  call.open_and_refuse(std::move(*report), std::move(problem));
}

// --- one call on its way ---

/// Kept by the answers that it waits for; it goes with the last one, also when the daemon stops in between.
class Round : public std::enable_shared_from_this<Round> {
 public:
  Round(Call& call, std::vector<End>&& ends, std::optional<LeaseJobs>&& lease)
      : to_{call.exchange}, core_{call.backend}, lease_{std::move(lease)} {
    for (End& end : ends) {
      outcomes_.add(end.job);
      labels_.push_back(std::move(end.label));
      commands_.push_back(std::move(end.command));
    }
    steps_ = settle_steps(commands_);
    opens_ = std::any_of(steps_.begin(), steps_.end(), [](const SettleStep& step) { return step.opens; });
    if (!lease_) return;
    const std::uint32_t wait_ms = std::exchange(lease_->wait_ms, 0);  // what is settled does not wait
    wait_ms_ = opens_ ? 0 : wait_ms;
    if (opens_) lease_->max = 0;  // the circuit is open: it is told so, and gets nothing
    if (steps_.empty() || steps_.back().opens) steps_.emplace_back();
  }

  void begin() {
    if (opens_) core_.note_report(commands_[first_report()]);
    const bool needs_room = lease_ && !opens_ && wait_ms_ == 0;
    const std::size_t bytes = needs_room ? answer_bytes(*lease_) : 0;
    if (bytes == 0 || to_.take_room(Share::commands, bytes)) return run_next();
    to_.when_room(Share::commands, bytes, [self = shared_from_this()] { self->run_next(); });
  }

 private:
  [[nodiscard]] std::size_t first_report() const {
    return std::find_if(steps_.begin(), steps_.end(), [](const SettleStep& step) { return step.opens; })->items.front();
  }

  void run_next() {
    if (next_ == steps_.size()) return finish();
    const SettleStep& step = steps_[next_++];
    if (step.opens) return report(step);
    std::vector<Command> together;
    for (const std::size_t i : step.items) together.push_back(std::move(commands_[i]));
    // The last one: with what is settled before it in one commit. A part of it that failed is answered without it.
    if (lease_ && next_ == steps_.size() && !outcomes_.failure()) together.emplace_back(*lease_);
    if (together.empty()) return run_next();
    waiting_ = together.size();
    core_.submit_together(std::move(together), to_.principal(),
                          [self = shared_from_this(), &step](std::size_t i, Outcome&& outcome) {
                            if (i < step.items.size())
                              self->outcomes_.take(step.items[i], std::move(outcome));
                            else
                              self->leased_ = std::move(outcome);
                            self->one_is_back();
                          });
  }

  void report(const SettleStep& step) {
    waiting_ = step.items.size();
    for (const std::size_t i : step.items)
      core_.submit(std::move(commands_[i]), to_.principal(), [self = shared_from_this(), i](Outcome&& outcome) {
        self->take_report(i, std::move(outcome));
        self->one_is_back();
      });
  }

  void take_report(std::size_t i, Outcome&& outcome) {
    // A failure is recorded whatever becomes of the job.
    if (outcome || outcome.error().code != ErrorCode::unavailable) outcomes_.note_change();
    const std::optional<Problem>& label = labels_[i];
    if (label && outcome) return outcomes_.refuse(i, label->code, label->detail + std::string{counted_all_the_same});
    outcomes_.take(i, std::move(outcome));
  }

  void one_is_back() {
    if (--waiting_ == 0) run_next();
  }

  /// All that was to be settled is durable, if nothing befell the whole call.
  void finish() {
    if (auto failure = outcomes_.failure()) {
      if (leased_ && *leased_) release_leases(core_, to_, answer_in(*leased_));
      return refuse(to_, std::move(*failure));
    }
    if (!lease_) return answer(nullptr);
    if (!*leased_) return refuse_lease(leased_->error());
    LeaseAnswer& leased = answer_in(*leased_);
    if (wait_ms_ > 0 && leased.jobs.empty()) return wait();
    if (wait_ms_ > 0) keep_deliverable(core_, to_, leased);
    answer(&leased);
  }

  /// Whoever has ended its side is not waited for. One too many that has settled something is told of that.
  void wait() {
    const bool settles = outcomes_.size() > 0;
    if (to_.has_client_ended()) return answer(&answer_in(*leased_));
    if (!settles && !begin_lease_wait(to_)) return;
    if (settles && !to_.begin_wait()) return answer(&answer_in(*leased_));
    lease_->wait_ms = wait_ms_;
    auto end = core_.submit_wait(*lease_, to_.principal(),
                                 [self = shared_from_this()](Outcome&& outcome) { self->waited(std::move(outcome)); });
    to_.when_client_ends(std::move(end));
  }

  /// What befalls the wait does not take back what was settled before: that is told, with no jobs.
  void waited(Outcome&& outcome) {
    if (!outcome && outcomes_.size() == 0) return refuse(to_, std::move(outcome.error()));
    if (outcome) leased_ = std::move(outcome);
    LeaseAnswer& leased = answer_in(*leased_);
    keep_deliverable(core_, to_, leased);
    answer(&leased);
  }

  /// Never in words that say that nothing was done.
  void refuse_lease(Error error) {
    if (outcomes_.size() > 0) {
      if (error.code == ErrorCode::unavailable) error.code = ErrorCode::outcome_unknown;
      error.detail += "; what was to be settled is settled";
    }
    refuse(to_, std::move(error));
  }

  void answer(const LeaseAnswer* leased) {
    succeed(to_, [&](JsonWriter& json) {
      json.begin_object();
      if (leased != nullptr) write_lease_members(json, *leased);
      outcomes_.write(json.key("settled"));
      json.end_object();
    });
  }

  static LeaseAnswer& answer_in(Outcome& outcome) { return std::get<LeaseAnswer>(*outcome); }

  Exchange& to_;  ///< lives until it is answered
  Backend& core_;
  std::vector<Command> commands_;
  std::vector<std::optional<Problem>> labels_;
  ItemOutcomes outcomes_;
  std::optional<LeaseJobs> lease_;
  std::uint32_t wait_ms_ = 0;
  std::optional<Outcome> leased_;  ///< what the lease came back with
  bool opens_ = false;
  std::vector<SettleStep> steps_;  ///< the lease is part of the last one
  std::size_t next_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace

void settle_and_lease(Call& call, std::vector<Settlement>&& settlements, LeaseJobs&& lease) {
  auto report = first_report(settlements);
  std::vector<std::string> outcomes;
  std::vector<End> ends;
  if (call.fields_ok())
    ends = ends_of(call, std::move(settlements), "settle");
  else
    outcomes = outcomes_of(settlements);
  Command command{std::move(lease)};
  auto problem = call.check(command);
  if (!problem) problem = call.refused_fields();
  if (problem) return refuse_all(call, std::move(report), outcomes, std::move(*problem));
  std::make_shared<Round>(call, std::move(ends), std::get<LeaseJobs>(std::move(command)))->begin();
}

void calls::settle_jobs(Call& call) {
  std::vector<Settlement> settlements;
  if (!call.read_batch(items_of(settlements, "settle"))) return;
  auto report = first_report(settlements);
  std::vector<std::string> outcomes;
  std::vector<End> ends;
  if (call.fields_ok())
    ends = ends_of(call, std::move(settlements), {});
  else
    outcomes = outcomes_of(settlements);
  if (auto problem = call.refused_fields()) return refuse_all(call, std::move(report), outcomes, std::move(*problem));
  std::make_shared<Round>(call, std::move(ends), std::nullopt)->begin();
}

}  // namespace breakerd::http
