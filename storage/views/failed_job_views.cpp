// Reads of failed jobs and of the commands about them (views.hpp).

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/job_visits.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {

Result<std::uint64_t> count_failed_jobs(const ReadView& view, const FailedJobs& filter) {
  std::uint64_t count = 0;
  auto ok = visit_jobs(view, Table::failed, filter.ids, [&](const JobRow& row) -> Result<void> {
    if (matches(filter, row)) ++count;
    return {};
  });
  return ok ? Result<std::uint64_t>{count} : Result<std::uint64_t>{ok.error()};
}

std::string cursor_behind(const JobCommandRow& item) { return std::to_string(item.id); }

Result<JobCommandRow> read_job_command(const ReadView& view, JobCommandId id) {
  auto row = read_row<JobCommandRow>(view, Table::job_commands, number_key(id));
  if (!row) return row.error();
  if (!*row) return not_found("command " + std::to_string(id));
  return std::move(**row);
}

Result<std::vector<JobCommandRow>> list_job_commands(const ReadView& view, JobCommandId before, std::uint32_t limit) {
  if (limit < 1 || limit > limits::page_items_max)
    return invalid_field("limit", "1 to " + std::to_string(limits::page_items_max));
  std::vector<JobCommandRow> commands;
  std::string behind = before == 0 ? std::string{} : number_key(before);
  while (commands.size() < limit) {
    auto key = view.last_key(Table::job_commands, behind);
    if (!key) return key.error();
    if (!*key) break;
    auto row = read_known_row<JobCommandRow>(view, Table::job_commands, **key);
    if (!row) return row.error();
    commands.push_back(std::move(*row));
    behind = **key;
  }
  return commands;
}

}  // namespace breakerd
