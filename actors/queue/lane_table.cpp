#include <breakerd/actors/queue/lane_table.hpp>

#include <algorithm>

#include <breakerd/storage/tables/job_set.hpp>

namespace breakerd {

bool Window::insert(ReadyPlace job, bool there_is_room, const std::optional<Submissions>& log,
                    std::optional<JobId>* pushed_out) {
  last_order_ = std::max(last_order_, job.order());
  if (job <= horizon_ && !there_is_room && (jobs_.empty() || job > jobs_.back()))
    horizon_ = jobs_.empty() ? job.before() : jobs_.back();
  if (job > horizon_) return leave_to_disk(job, log), false;
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) return true;
  jobs_.insert(at, job);
  if (jobs_.size() <= jobs_max) return true;
  const ReadyPlace last = jobs_.back();
  jobs_.pop_back();
  horizon_ = jobs_.back();
  if (last == job) return leave_to_disk(job, log), false;
  if (pushed_out != nullptr) *pushed_out = last.job();  // whoever has it in memory keeps it until it is committed
  return true;
}

void Window::leave_to_disk(ReadyPlace job, const std::optional<Submissions>& log) {
  if (!log) return;
  while (!uncommitted_.empty() && uncommitted_.front().number <= log->committed) uncommitted_.pop_front();
  uncommitted_.push_back({log->number, job});
}

void Window::erase(ReadyPlace job) {
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) jobs_.erase(at);
}

std::optional<ReadyPlace> Window::front() const {
  if (jobs_.empty()) return std::nullopt;
  return jobs_.front();
}

std::vector<JobId> Window::next_to_read(std::size_t count, std::size_t most) const {
  const std::size_t wanted = std::min(std::max(count, std::min(next_read_, most)), jobs_.size());
  std::vector<JobId> ids;
  ids.reserve(wanted);
  for (std::size_t i = 0; i < wanted; ++i) ids.push_back(jobs_[i].job());
  return ids;
}

Result<bool> Window::refill(const ReadView& view, const LaneId& lane, const JobClass& job_class, const Submissions& log,
                            const std::function<bool(JobId)>& skip) {
  if (!jobs_.empty() || horizon_ == ReadyPlace::end()) return false;
  const ReadyPlace from_horizon = horizon_;
  const ReadyPlace end = first_uncommitted(log);  // it is not on disk yet, and nothing goes past it
  ReadyPlace last = horizon_;
  bool stopped = false;
  auto ok =
      scan_ready(view, ready_prefix(lane, job_class.job_type, job_class.service), horizon_, [&](ReadyPlace place) {
        if (place >= end) return false;
        if (jobs_.size() == next_refill_) return stopped = true, false;
        last = place;
        if (!skip(place.job())) jobs_.push_back(place);
        return true;
      });
  if (!ok) return jobs_.clear(), ok.error();
  next_refill_ = std::min(2 * next_refill_, refill_jobs);
  if (stopped)
    horizon_ = last;
  else
    horizon_ = end == ReadyPlace::end() ? end : end.before();
  if (horizon_ == ReadyPlace::end()) last_order_ = jobs_.empty() ? std::uint8_t{0} : jobs_.back().order();
  return horizon_ != from_horizon;
}

/// Of the jobs behind the horizon; end() when all of them are on disk.
ReadyPlace Window::first_uncommitted(const Submissions& log) {
  while (!uncommitted_.empty() && uncommitted_.front().number <= log.committed) uncommitted_.pop_front();
  ReadyPlace first = ReadyPlace::end();
  for (const Uncommitted& one : uncommitted_) first = std::min(first, one.job);
  return first;
}

}  // namespace breakerd
