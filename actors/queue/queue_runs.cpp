// How long runs of jobs take (queue_core.hpp): when a run is late, because its job's timeout has passed.

#include <algorithm>
#include <chrono>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/breaker.hpp>
#include <breakerd/events/rules/job.hpp>

namespace breakerd {

void QueueCore::begin_run(ActiveJob& job, const Moment& now, Duration passed) {
  if (job.row.timeout_ms == 0) return;
  const std::chrono::milliseconds timeout{job.row.timeout_ms};
  jobs_.set_late(job, now.steady + timeout - std::clamp<Duration>(passed, Duration{0}, timeout));
}

/// The steady clock goes on when only the state is read again.
void QueueCore::remember_runs() {
  for (const JobId id : jobs_.timed_runs()) {
    const ActiveJob& job = *jobs_.find(id);
    known_runs_[id] = {job.row.token, *job.late_at};
  }
}

/// Without its steady time it is counted by the wall clock, from its lease or from the last end of a pause: an outage
/// takes nothing of it.
void QueueCore::take_over_run(ActiveJob& job, const Moment& now) {
  const auto known = known_runs_.find(job.row.id);
  if (job.row.timeout_ms > 0 && known != known_runs_.end() && known->second.token == job.row.token)
    return jobs_.set_late(job, known->second.late_at);
  begin_run(job, now, now.wall - std::max(job.row.updated_at, queue_.resumed_at));
}

void QueueCore::note_late_runs(const Moment& now) {
  for (auto next = jobs_.next_late(); next && next->at <= now.steady; next = jobs_.next_late()) {
    ActiveJob& job = *jobs_.find(next->job);
    jobs_.pass_late(job);
    if (std::exchange(job.waited_for, false)) interruption_.jobs.push_back({job.row.campaign, job.row.id});
  }
}

EventData QueueCore::end_late_run(const JobContext& about, const ActiveJob& job) {
  const auto spec = spec_to_show(job);  // one that cannot be read is tried again as by default
  return decide_timeout(about, {spec ? (*spec)->backoff.get() : nullptr, queue_now_, random_.number()});
}

bool QueueCore::ends_pause(const EventData& event) const {
  if (const auto* again = std::get_if<OpeningReaffirmed>(&event)) return lets_runs_go_on(breaker_, *again);
  return std::holds_alternative<QueueResumed>(event) || std::holds_alternative<HoldsLifted>(event) ||
         std::holds_alternative<CampaignResumed>(event);
}

/// A lane that is not in memory may be paused.
std::vector<JobId> QueueCore::paused_runs() const {
  std::vector<JobId> paused;
  for (const JobId id : jobs_.timed_runs()) {
    const JobRow& row = jobs_.find(id)->row;
    const auto lane = lanes_.find(row.campaign);
    if (lane == lanes_.end() || !goes_on({row, lane->second.row, queue_}, breaker_.in_flight)) paused.push_back(id);
  }
  return paused;
}

void QueueCore::restart_runs(const std::vector<JobId>& paused, const Moment& now) {
  for (const JobId id : paused) {
    ActiveJob& job = *jobs_.find(id);
    const auto lane = lanes_.find(job.row.campaign);
    if (lane == lanes_.end() || goes_on({job.row, lane->second.row, queue_}, breaker_.in_flight)) begin_run(job, now);
  }
}

}  // namespace breakerd
