#include "actors/recovery.hpp"

#include "events/queue.hpp"
#include "storage/row_read.hpp"
#include "storage/views.hpp"

namespace breakerd {

Result<Append> record_storage_trouble(EventLog& log, const std::string& trouble, Time now) {
  const std::string principal = "breakerd";
  Append append;
  {
    auto view = log.view();
    if (!view) return view.error();
    auto breaker = read_breaker(**view);
    if (!breaker) return breaker.error();
    auto queue = read_queue(**view);
    if (!queue) return queue.error();
    EventData event = decide(*breaker, RecordFailure{trouble, "storage", {}, 0, {}});
    append.events.push_back({event, principal, now, 0, -1});
    if (const auto* opened = std::get_if<CircuitOpened>(&event)) {
      const PauseDecision decision = decide_pause(*queue, *opened, principal);
      append.events.push_back({decision.pause, principal, now, 0, 0});
      append.events.push_back({decision.hold, principal, now, 0, 0});
    }
  }
  auto answers = log.append({&append, 1});
  if (!answers) return answers.error();
  if (!answers->front()) return answers->front().error();
  if (auto ok = log.clear_fault(); !ok) return ok.error();
  return append;
}

}  // namespace breakerd
