#include <breakerd/actors/log/recovery.hpp>

#include <breakerd/events/rules/append.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// What one opening appends to the log as it is now.
Result<Append> decide_opening(EventLog& log, const Command& command, const std::string& principal, InFlight in_flight,
                              Time now) {
  auto view = log.view();
  if (!view) return view.error();
  auto breaker = read_breaker(**view);
  if (!breaker) return breaker.error();
  auto queue = read_queue(**view);
  if (!queue) return queue.error();
  Append append;
  if (const auto* failure = std::get_if<RecordFailure>(&command))
    append.events.push_back({decide(*breaker, *failure, in_flight), principal, now, 0, -1});
  else if (const auto* open = std::get_if<OpenCircuit>(&command))
    append.events.push_back({decide(*breaker, *open, in_flight), principal, now, 0, -1});
  if (append.events.empty()) return append;
  for (EventData& event : consequences_of(append.events.front().data, *queue, nullptr, principal))
    append.events.push_back({std::move(event), principal, now, 0, 0});
  return append;
}

Result<Append> record_opening(EventLog& log, const Command& command, const std::string& principal, InFlight in_flight,
                              Time now, const OperationId& operation = {}) {
  auto append = decide_opening(log, command, principal, in_flight, now);
  if (!append || append->events.empty()) return append;
  append->operation = operation;
  auto answers = log.append({&*append, 1});
  if (!answers) return answers.error();
  if (!answers->front()) return answers->front().error();
  return append;
}

Command without_report(const Command& command) {
  const auto* report = std::get_if<FailJob>(&command);
  if (report == nullptr) return command;
  return RecordFailure{report->error, report->error_type, report->service, report->job, {}};
}

}  // namespace

Result<Append> record_storage_trouble(EventLog& log, const std::string& trouble, InFlight in_flight, Time now) {
  auto append = record_opening(log, RecordFailure{trouble, "storage", {}, 0, {}}, "breakerd", in_flight, now);
  if (!append) return append;
  if (auto ok = log.clear_fault(); !ok) return ok.error();
  return append;
}

Result<void> record_openings(EventLog& log, std::span<const OwedOpening> owed, InFlight in_flight, Time now) {
  if (log.fault_pending()) {
    if (auto ok = log.reopen(); !ok) return ok;
    if (auto told = record_storage_trouble(log, "storage trouble before a stop", in_flight, now); !told)
      return told.error();
  }
  for (const OwedOpening& one : owed)
    if (auto recorded = record_opening(log, without_report(one.command), one.principal, in_flight, now, one.operation);
        !recorded)
      return recorded.error();
  return {};
}

}  // namespace breakerd
