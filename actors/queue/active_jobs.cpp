#include <breakerd/actors/queue/active_jobs.hpp>

#include <algorithm>

namespace breakerd {
namespace {

constexpr std::size_t bytes_without_texts = sizeof(ActiveJob) + sizeof(JobSpec);

std::size_t bytes_of(const ActiveJob& job) { return bytes_without_texts + (job.spec ? job.spec->text_bytes() : 0); }

}  // namespace

ActiveJob* ActiveJobs::find(JobId id) {
  const auto at = jobs_.find(id);
  return at == jobs_.end() ? nullptr : &at->second;
}

const ActiveJob* ActiveJobs::find(JobId id) const {
  const auto at = jobs_.find(id);
  return at == jobs_.end() ? nullptr : &at->second;
}

ActiveJob& ActiveJobs::insert(ActiveJob job) {
  const JobId id = job.row.id;
  return jobs_.insert_or_assign(id, std::move(job)).first->second;
}

std::size_t ActiveJobs::room_for_jobs() const {
  return (waiting_bytes_max - std::min(waiting_bytes_, waiting_bytes_max)) / bytes_without_texts;
}

void ActiveJobs::set_windowed(ActiveJob& job, bool windowed) {
  if (job.windowed == windowed) return;
  job.windowed = windowed;
  waiting_bytes_ -= job.waiting_bytes;
  job.waiting_bytes = windowed ? bytes_of(job) : 0;  // kept, because the spec may be read meanwhile
  waiting_bytes_ += job.waiting_bytes;
}

void ActiveJobs::set_lease(ActiveJob& job, SteadyTime expires) {
  if (job.expires) expiries_.erase({*job.expires, job.row.id});
  job.expires = expires;
  job.unheard = false;
  expiries_.emplace(expires, job.row.id);
}

void ActiveJobs::end_lease(ActiveJob& job) {
  if (!job.expires) return;
  expiries_.erase({*job.expires, job.row.id});
  job.expires.reset();
  if (!job.late_at) return;
  pass_late(job);
  timed_.erase(job.row.id);
  job.late_at.reset();
}

void ActiveJobs::set_late(ActiveJob& job, SteadyTime late_at) {
  if (job.late_at) pass_late(job);
  job.late_at = late_at;
  late_.emplace(late_at, job.row.id);
  timed_.insert(job.row.id);
}

std::optional<ActiveJobs::Late> ActiveJobs::next_late() const {
  if (late_.empty()) return std::nullopt;
  return Late{late_.begin()->first, late_.begin()->second};
}

void ActiveJobs::pass_late(const ActiveJob& job) { late_.erase({*job.late_at, job.row.id}); }

std::optional<ActiveJobs::Expiry> ActiveJobs::next_expiry() const {
  if (expiries_.empty()) return std::nullopt;
  return Expiry{expiries_.begin()->first, expiries_.begin()->second};
}

void ActiveJobs::mark_changed(ActiveJob& job, std::uint64_t number) {
  job.changed_in = number;
  touched_.emplace_back(number, job.row.id);
}

void ActiveJobs::prune(std::uint64_t committed) {
  while (!touched_.empty() && touched_.front().first <= committed) {
    const auto at = jobs_.find(touched_.front().second);
    if (at != jobs_.end()) {
      const ActiveJob& job = at->second;
      if (job.changed_in <= committed && !job.windowed && !job.expires) jobs_.erase(at);
    }
    touched_.pop_front();
  }
}

void ActiveJobs::each_lease(const std::function<void(ActiveJob&)>& visit) {
  for (const auto& [at, id] : expiries_) visit(jobs_.at(id));
}

void ActiveJobs::each_uncommitted(const std::function<void(ActiveJob&)>& visit) {
  // By place, because `visit` may touch other jobs, which come behind these.
  for (std::size_t i = 0, end = touched_.size(); i < end; ++i)
    if (ActiveJob* job = find(touched_[i].second)) visit(*job);
}

void ActiveJobs::clear() {
  jobs_.clear();
  expiries_.clear();
  late_.clear();
  timed_.clear();
  touched_.clear();
  waiting_bytes_ = 0;
}

}  // namespace breakerd
