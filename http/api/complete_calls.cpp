// Many completes in one call: each item stands alone, all of them travel in one batch, and one answer tells of all
// (docs/decisions/many-completes-are-single-commands.md).

#include <algorithm>
#include <memory>

#include <breakerd/http/api/calls.hpp>
#include <breakerd/http/api/item_outcomes.hpp>

namespace breakerd::http::calls {
namespace {

/// Gathers the outcomes of one call; the last one answers it.
class Gather {
 public:
  Gather(Exchange& to, const std::vector<CompleteJob>& commands) : to_{to}, waiting_{commands.size()} {
    for (const CompleteJob& command : commands) outcomes_.add(command.job);
  }

  void take(std::size_t i, Outcome&& outcome) {
    outcomes_.take(i, std::move(outcome));
    if (--waiting_ == 0) answer();
  }

 private:
  void answer() {
    if (auto failure = outcomes_.failure()) return refuse(to_, std::move(*failure));
    succeed(to_, [this](JsonWriter& json) {
      json.begin_object().member("completed", outcomes_.done());
      outcomes_.write(json.key("results"));
      json.end_object();
    });
  }

  Exchange& to_;  ///< lives until it is answered
  ItemOutcomes outcomes_;
  std::size_t waiting_;
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
  // There is nothing left to validate: the result's size, a complete's only bound, was checked when it was read.
  // Shared by the completions that are on their way; it goes with the last one, also when the daemon stops in between.
  const auto gather = std::make_shared<Gather>(call.exchange, commands);
  std::vector<Command> together;
  together.reserve(commands.size());
  for (CompleteJob& command : commands) together.emplace_back(std::move(command));
  call.backend.submit_together(std::move(together), call.exchange.principal(),
                               [gather](std::size_t i, Outcome&& outcome) { gather->take(i, std::move(outcome)); });
}

}  // namespace breakerd::http::calls
