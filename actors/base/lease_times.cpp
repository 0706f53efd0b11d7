#include <breakerd/actors/base/lease_times.hpp>

#include <algorithm>
#include <utility>

namespace breakerd {

void LeaseTimes::set(const JobRow& row, Time expires, Time heard) {
  const std::lock_guard lock{mutex_};
  auto at = leases_.find(row.id);
  if (at != leases_.end() && (at->second.since != row.updated_at || at->second.worker->first != row.worker)) {
    forget(at->second, row.id);
    leases_.erase(at);
    at = leases_.end();
  }
  if (at == leases_.end()) {
    const auto worker = workers_.try_emplace(row.worker).first;
    worker->second.jobs.emplace(row.updated_at, row.id);
    at = leases_.emplace(row.id, Lease{expires, row.updated_at, worker}).first;
  }
  at->second.expires = expires;
  Worker& worker = at->second.worker->second;
  worker.heard = heard != no_time ? heard : std::max(worker.heard, row.updated_at);
}

void LeaseTimes::end(JobId job) {
  const std::lock_guard lock{mutex_};
  const auto at = leases_.find(job);
  if (at == leases_.end()) return;
  forget(at->second, job);
  leases_.erase(at);
}

void LeaseTimes::set_progress(JobId job, JobProgress progress) {
  const std::lock_guard lock{mutex_};
  const auto at = leases_.find(job);
  if (at != leases_.end()) at->second.progress = std::make_unique<const JobProgress>(std::move(progress));
}

void LeaseTimes::forget(const Lease& lease, JobId job) {
  lease.worker->second.jobs.erase({lease.since, job});
  drop_if_idle(lease.worker);
}

void LeaseTimes::drop_if_idle(Workers::iterator worker) {
  if (worker->second.jobs.empty() && worker->second.waiting == 0) workers_.erase(worker);
}

void LeaseTimes::clear() {
  const std::lock_guard lock{mutex_};
  leases_.clear();
  for (auto& [name, worker] : workers_) worker.jobs.clear();
  std::erase_if(workers_, [](const auto& entry) { return entry.second.waiting == 0; });
}

void LeaseTimes::begin_wait(const std::string& worker, Time now) {
  const std::lock_guard lock{mutex_};
  Worker& waits = workers_[worker];
  ++waits.waiting;
  waits.heard = now;
}

void LeaseTimes::end_wait(const std::string& worker) {
  const std::lock_guard lock{mutex_};
  const auto at = workers_.find(worker);
  --at->second.waiting;
  drop_if_idle(at);
}

std::optional<Time> LeaseTimes::find(JobId job) const {
  const std::lock_guard lock{mutex_};
  const auto at = leases_.find(job);
  if (at == leases_.end()) return std::nullopt;
  return at->second.expires;
}

std::optional<JobProgress> LeaseTimes::progress(JobId job) const {
  const std::lock_guard lock{mutex_};
  const auto at = leases_.find(job);
  if (at == leases_.end() || !at->second.progress) return std::nullopt;
  return *at->second.progress;
}

WorkerView LeaseTimes::view_of(const std::string& name, const Worker& worker) const {
  WorkerView view;
  view.name = name;
  view.in_flight = worker.jobs.size();
  view.since = worker.jobs.empty() ? no_time : worker.jobs.begin()->first;
  view.heard_at = worker.heard;
  view.waiting_leases = worker.waiting;
  for (const auto& [since, job] : worker.jobs) {
    if (view.jobs.size() == limits::worker_leases_max) break;
    view.jobs.push_back({job, {}, {}, since, leases_.at(job).expires});
  }
  return view;
}

Page<WorkerView> LeaseTimes::workers(std::string_view after, std::size_t limit) const {
  Page<WorkerView> page;
  std::size_t leases = 0;
  const std::lock_guard lock{mutex_};
  for (auto at = workers_.upper_bound(after); at != workers_.end(); ++at) {
    if (page.items.size() == limit || leases >= limits::worker_leases_max) {
      page.next = page.items.back().name;
      break;
    }
    page.items.push_back(view_of(at->first, at->second));
    leases += page.items.back().jobs.size();
  }
  return page;
}

}  // namespace breakerd
