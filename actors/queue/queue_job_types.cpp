// Settings of job types, as commands of the queue (queue_core.hpp). All of them are in memory.

#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/job_types.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {

Result<void> QueueCore::load_job_types() {
  job_types_.clear();
  auto view = committed();
  if (!view) return view.error();
  return scan_rows<JobTypeRow>(**view, Table::job_types, {}, [this](JobTypeRow row) {
    std::string name = row.job_type;
    job_types_.emplace(std::move(name), std::move(row));
    return true;
  });
}

const JobTypeRow* QueueCore::find_job_type(const std::string& name) const {
  const auto at = job_types_.find(name);
  return at == job_types_.end() ? nullptr : &at->second;
}

Outcome QueueCore::run(const Context& context, const SetJobType& command) {
  auto set = breakerd::decide(queue_, find_job_type(command.job_type), command);
  if (!set) return set.error();
  if (*set)
    if (auto ok = emit(context, std::move(**set)); !ok) return ok.error();
  Outcome outcome{Reply{}};
  outcome->emplace<JobTypeRow>(*find_job_type(command.job_type));
  return outcome;
}

Outcome QueueCore::run(const Context& context, const RemoveJobType& command) {
  auto removed = breakerd::decide(find_job_type(command.job_type), command);
  if (!removed) return removed.error();
  Outcome outcome{Reply{}};
  outcome->emplace<JobTypeRow>(*find_job_type(command.job_type));
  if (auto ok = emit(context, std::move(*removed)); !ok) return ok.error();
  return outcome;
}

}  // namespace breakerd
