// Reads of workers (views.hpp). Who holds what is kept in memory by the queue, which runs ahead of the log.

#include <unordered_map>

#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

/// Looks up whether leases are in committed state; keeps the ends of the campaigns it has seen.
class LeaseCheck {
 public:
  explicit LeaseCheck(const ReadView& view) : view_{view} {}

  /// Takes out of the worker's jobs those that it does not hold, and fills in what the others are.
  Result<void> look_at(WorkerView& worker) {
    std::vector<std::string> keys;
    keys.reserve(worker.jobs.size());
    for (const HeldJob& job : worker.jobs) keys.push_back(number_key(job.id));
    const auto rows = view_.get_many(Table::jobs, keys);
    if (!rows) return rows.error();
    std::vector<HeldJob> held;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!(*rows)[i]) continue;  // it is not committed yet
      const auto row = decode_row<JobRow>(Table::jobs, keys[i], *(*rows)[i]);
      if (!row) return row.error();
      const auto is_held = holds(worker, *row);
      if (!is_held) return is_held.error();
      if (*is_held) held.push_back({row->id, row->job_type, row->campaign, row->updated_at, worker.jobs[i].expires_at});
    }
    worker.in_flight -= worker.jobs.size() - held.size();
    worker.since = held.empty() ? no_time : held.front().since;
    if (held.size() > limits::worker_jobs_max) held.resize(limits::worker_jobs_max);
    worker.jobs = std::move(held);
    return {};
  }

 private:
  Result<bool> holds(const WorkerView& worker, const JobRow& row) {
    if (row.status != JobStatus::processing || row.worker != worker.name) return false;
    if (row.campaign.is_nil()) return true;
    const auto known = ended_.find(row.campaign);
    if (known != ended_.end()) return !known->second;
    const auto lane = read_known_row<LaneRow>(view_, Table::lanes, uuid_key(row.campaign));
    if (!lane) return lane.error();
    return !ended_.emplace(row.campaign, is_terminal(lane->status)).first->second;
  }

  const ReadView& view_;
  std::unordered_map<CampaignId, bool> ended_;
};

}  // namespace

Result<Page<WorkerView>> list_workers(const ReadView& view, Page<WorkerView> in_memory) {
  LeaseCheck check{view};
  for (WorkerView& worker : in_memory.items)
    if (auto ok = check.look_at(worker); !ok) return ok.error();
  std::erase_if(in_memory.items,
                [](const WorkerView& worker) { return worker.in_flight == 0 && worker.waiting_leases == 0; });
  return in_memory;
}

std::string cursor_behind(const WorkerView& item) { return item.name; }

}  // namespace breakerd
