// Reads of failed jobs and of the commands about them (views.hpp).

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

constexpr std::size_t rows_at_once = 256;

/// Counts the rows of these jobs that match, and forgets the jobs.
Result<std::uint64_t> count_matching(const ReadView& view, const FailedJobs& filter, std::vector<std::string>& keys) {
  auto rows = view.get_many(Table::jobs, keys);
  if (!rows) return rows.error();
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!(*rows)[i]) continue;  // there is no such job
    auto row = decode_row<JobRow>(Table::jobs, keys[i], *(*rows)[i]);
    if (!row) return row.error();
    if (matches(filter, *row)) ++count;
  }
  keys.clear();
  return count;
}

}  // namespace

Result<std::uint64_t> count_failed_jobs(const ReadView& view, const FailedJobs& filter) {
  std::vector<std::string> keys;
  std::uint64_t count = 0;
  Result<void> outcome;
  const auto count_gathered = [&] {
    auto some = count_matching(view, filter, keys);
    if (!some) return outcome = some.error(), false;
    count += *some;
    return true;
  };
  const auto gather = [&](JobId id) {
    keys.push_back(number_key(id));
    return keys.size() < rows_at_once || count_gathered();
  };
  if (filter.ids.empty()) {
    if (auto ok = scan_jobs(view, Table::failed, {}, 0, gather); !ok) return ok.error();
  } else {
    (void)std::all_of(filter.ids.begin(), filter.ids.end(), gather);  // false: `outcome` says why
  }
  if (outcome && !keys.empty()) (void)count_gathered();
  if (!outcome) return outcome.error();
  return count;
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
