// Failed jobs: one is tried again or discarded (queue_core.hpp). Many: queue_job_commands.cpp.

#include <set>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>

namespace breakerd {

Result<void> QueueCore::retry(const Context& context, ActiveJob& job, const std::string& reason, int cause) {
  auto lane = find_lane(job.row.campaign);
  if (!lane) return lane.error();
  auto events = decide_retry({job.row, (*lane)->row, queue_}, reason, queue_now_);
  if (!events) return events.error();
  if (auto ok = check_own_key(job); !ok) return ok;
  for (EventData& event : *events)
    if (auto ok = emit(context, std::move(event), cause); !ok) return ok;
  make_ready(job);
  return {};
}

/// `keys` are those of jobs that are retried before this one.
bool QueueCore::can_retry(const ActiveJob& job, const Lane& lane, std::set<std::string>& keys) {
  if (!decide_retry({job.row, lane.row, queue_}, {}, queue_now_) || !check_own_key(job)) return false;
  return job.row.unique_key.empty() || keys.insert(job.row.unique_key).second;
}

Outcome QueueCore::run(const Context& context, const RetryJob& command) {
  auto job = find_job(command.job);
  if (!job) return job.error();
  auto spec = spec_to_show(**job);
  if (!spec) return spec.error();
  if (auto ok = retry(context, **job, command.reason, -1); !ok) return ok.error();
  return show(**job, std::move(*spec));
}

Outcome QueueCore::run(const Context& context, const DiscardJob& command) {
  auto job = find_job(command.job);
  if (!job) return job.error();
  auto lane = find_lane((*job)->row.campaign);
  if (!lane) return lane.error();
  auto spec = spec_to_show(**job);
  if (!spec) return spec.error();
  if (!(*job)->row.discarded) {
    auto event = decide_discard({(*job)->row, (*lane)->row, queue_}, command.reason);
    if (!event) return event.error();
    if (auto ok = emit(context, std::move(*event)); !ok) return ok.error();
  }
  return show(**job, std::move(*spec));
}

}  // namespace breakerd
