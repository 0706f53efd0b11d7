// Many completes in one call: each item stands alone, all of them travel in one batch, and one answer tells of all
// (docs/decisions/many-completes-are-single-commands.md).

#include <algorithm>
#include <memory>

#include <breakerd/http/api/calls.hpp>

namespace breakerd::http::calls {
namespace {

/// Gathers the outcomes of one call; the last one answers it. What went wrong with one item is that item's result. What
/// befell the writing is the whole call's: then no item's result is told, because some of them are not known.
class Gather {
 public:
  Gather(Exchange& to, const std::vector<CompleteJob>& commands) : to_{to}, waiting_{commands.size()} {
    items_.reserve(commands.size());
    for (const CompleteJob& command : commands) items_.push_back({command.job, JobStatus::pending, std::nullopt});
  }

  void take(std::size_t i, Outcome&& outcome) {
    if (outcome) {
      items_[i].status = std::get<JobView>(*outcome).status;
      ++completed_;
    } else if (is_of_the_whole(outcome.error().code)) {
      add_failure(outcome.error());
    } else {
      items_[i].refusal = outcome.error();
    }
    if (--waiting_ == 0) answer();
  }

 private:
  struct Item {
    JobId job = 0;
    JobStatus status{};
    std::optional<Error> refusal;
  };

  static bool is_of_the_whole(ErrorCode code) {
    return code == ErrorCode::unavailable || code == ErrorCode::outcome_unknown;
  }

  /// Keeps the one that promises least.
  void add_failure(Error error) {
    if (!failure_ || error.code == ErrorCode::outcome_unknown) failure_ = std::move(error);
  }

  void answer() {
    if (!failure_) return succeed(to_, [this](JsonWriter& json) { write(json); });
    if (failure_->code == ErrorCode::unavailable && completed_ > 0) {  // it would say that nothing was done
      failure_ = make_error(ErrorCode::outcome_unknown, "only some of the jobs could be completed: ask again");
    }
    refuse(to_, std::move(*failure_));
  }

  void write(JsonWriter& json) const {
    json.begin_object().member("completed", completed_).key("results").begin_array();
    for (const Item& item : items_) {
      json.begin_object().member("id", item.job);
      if (item.refusal) {
        json.member("code", to_string(item.refusal->code));
        if (!item.refusal->job_status.empty()) json.member("job_status", item.refusal->job_status);
        json.member("detail", item.refusal->detail);
      } else {
        json.member("status", to_string(item.status));
      }
      json.end_object();
    }
    json.end_array().end_object();
  }

  Exchange& to_;  ///< lives until it is answered
  std::vector<Item> items_;
  std::size_t waiting_;
  std::size_t completed_ = 0;
  std::optional<Error> failure_;
};

/// A job cannot be completed twice in one call: which of the two results was meant?
void check_ids(Call& call, const std::vector<CompleteJob>& commands) {
  if (commands.empty()) call.refuse_field("jobs", "at least one job");
  std::vector<JobId> seen;  // sorted; workers mostly send them in order
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const JobId id = commands[i].job;
    const auto at = std::lower_bound(seen.begin(), seen.end(), id);
    const bool again = at != seen.end() && *at == id;
    if (!again) seen.insert(at, id);
    if (id != 0 && !again) continue;
    call.refuse_field("[" + std::to_string(i) + "].id",
                      id == 0 ? "the id of a job: a whole number from 1" : "a job that the call has only once");
  }
}

}  // namespace

void complete_jobs(Call& call) {
  std::vector<CompleteJob> commands;
  if (!call.read_batch(items_of(commands))) return;
  if (call.fields_ok()) check_ids(call, commands);
  if (const auto problem = call.refused_fields()) return call.exchange.refuse(*problem);
  // Shared by the completions that are on their way; it goes with the last one, also when the daemon stops in between.
  const auto gather = std::make_shared<Gather>(call.exchange, commands);
  for (std::size_t i = 0; i < commands.size(); ++i) {
    // There is nothing left to validate: the result's size, a complete's only bound, was checked when it was read.
    call.backend.submit(Command{std::move(commands[i])}, call.exchange.principal(),
                        [gather, i](Outcome&& outcome) { gather->take(i, std::move(outcome)); });
  }
}

}  // namespace breakerd::http::calls
