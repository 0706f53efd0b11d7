#include <breakerd/actors/queue/lane_table.hpp>

#include <algorithm>

#include <breakerd/storage/tables/job_set.hpp>

namespace breakerd {

bool Window::insert(JobId job, bool there_is_room, std::optional<JobId>* pushed_out) {
  if (job > horizon_) {
    behind_horizon_ = std::max(behind_horizon_, job);
    return false;
  }
  if (!there_is_room && (jobs_.empty() || job > jobs_.back())) {
    horizon_ = jobs_.empty() ? job - 1 : jobs_.back();
    behind_horizon_ = std::max(behind_horizon_, job);
    return false;
  }
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) return true;
  jobs_.insert(at, job);
  if (jobs_.size() > jobs_max) {
    behind_horizon_ = std::max(behind_horizon_, jobs_.back());
    if (pushed_out != nullptr) *pushed_out = jobs_.back();
    jobs_.pop_back();
    horizon_ = jobs_.back();
    return job <= horizon_;
  }
  return true;
}

void Window::erase(JobId job) {
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) jobs_.erase(at);
}

std::optional<JobId> Window::front() const {
  if (jobs_.empty()) return std::nullopt;
  return jobs_.front();
}

std::vector<JobId> Window::next_to_read(std::size_t count, std::size_t most) const {
  const std::size_t wanted = std::min(std::max(count, std::min(next_read_, most)), jobs_.size());
  return {jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(wanted)};
}

Result<JobId> Window::refill(const ReadView& view, const LaneId& lane, const std::string& job_type,
                             const std::function<bool(JobId)>& skip) {
  if (!jobs_.empty() || horizon_ == no_horizon) return JobId{0};
  const JobId from_horizon = horizon_;
  JobId last = horizon_;
  bool stopped = false;
  auto ok = scan_jobs(view, Table::ready, ready_prefix(lane, job_type), horizon_, [&](JobId job) {
    if (jobs_.size() == next_refill_) return stopped = true, false;
    last = job;
    if (!skip(last)) jobs_.push_back(last);
    return true;
  });
  if (!ok) return jobs_.clear(), ok.error();
  next_refill_ = std::min(2 * next_refill_, refill_jobs);
  // Jobs known to lie further back may not be committed yet: the next refill will find them.
  const bool all_seen = !stopped && last >= behind_horizon_;
  horizon_ = all_seen ? no_horizon : last;
  return horizon_ - from_horizon;
}

}  // namespace breakerd
