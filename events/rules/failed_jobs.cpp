#include <breakerd/events/rules/failed_jobs.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/events/rules/rollout.hpp>

namespace breakerd {
namespace {

Error not_dead(const JobContext& job, const std::string& what) {
  const std::string status{to_string(job.status())};
  return {ErrorCode::wrong_state,
          "job " + std::to_string(job.row.id) + " is " + status + ": only a FAILED or EXPIRED job can be " + what,
          {},
          status};
}

}  // namespace

bool matches(const FailedJobs& filter, const JobRow& row) {
  if (!is_dead(row.status) || row.status != filter.status) return false;
  if (!filter.campaign.is_nil() && row.campaign != filter.campaign) return false;
  if (!filter.job_type.empty() && row.job_type != filter.job_type) return false;
  if (!filter.service.empty() && row.service != filter.service) return false;
  if (filter.ended_by != no_time && row.finished_at > filter.ended_by) return false;
  if (!filter.ids.empty() && !std::binary_search(filter.ids.begin(), filter.ids.end(), row.id)) return false;
  return row.error.find(filter.error_contains) != std::string::npos;
}

Result<std::vector<EventData>> decide_retry(const JobContext& job, const std::string& reason, Time queue_now) {
  if (!is_dead(job.row.status)) return not_dead(job, "retried");
  std::vector<EventData> events;
  if (!job.in_default_lane() && is_terminal(job.lane.status)) {
    if (job.lane.status != CampaignStatus::completed)
      return Error{ErrorCode::wrong_state,
                   "job " + std::to_string(job.row.id) + " cannot be retried: campaign " +
                       job.row.campaign.to_string() + " is " + std::string{to_string(job.lane.status)},
                   {},
                   std::string{to_string(job.status())}};
    events.emplace_back(CampaignReopened{job.row.campaign});
  }
  if (job.lane.classes.size() >= limits::lane_job_classes_max &&
      !has_class(job.lane, job.row.job_type, job.row.service))
    return make_error(ErrorCode::limit, "lane_job_classes_max: jobs of " + std::to_string(job.lane.classes.size()) +
                                            " different types and services are waiting here already");
  const bool expired = job.row.status == JobStatus::expired;
  const Time deadline = expired ? queue_now + std::chrono::milliseconds{job.row.lifetime_ms} : no_time;
  events.emplace_back(JobRetried{job.row.id, job.row.campaign, reason, deadline});
  return events;
}

Result<JobCancelled> decide_discard(const JobContext& job, const std::string& reason) {
  if (!is_dead(job.row.status)) return not_dead(job, "discarded");
  return JobCancelled{job.row.id, job.row.campaign, reason, true};
}

Result<JobCommandStarted> decide(const QueueState& queue, std::size_t running, const StartJobCommand& command,
                                 Time now) {
  if (running >= limits::job_commands_max)
    return make_error(ErrorCode::limit, "job_commands_max: " + std::to_string(running) +
                                            " commands about many jobs are running; stop one, or wait for one");
  FailedJobs filter = command.filter;
  if (command.older_than_ms) filter.ended_by = now - std::chrono::milliseconds{*command.older_than_ms};
  std::sort(filter.ids.begin(), filter.ids.end());
  filter.ids.erase(std::unique(filter.ids.begin(), filter.ids.end()), filter.ids.end());
  return JobCommandStarted{queue.last_job_command + 1,
                           command.kind,
                           std::move(filter),
                           command.reason,
                           command.matched,
                           queue.last_job,
                           {},
                           0,
                           {}};
}

std::optional<JobCommandEnded> decide_stop(const JobCommandRow& row) {
  if (row.state != JobCommandState::running) return std::nullopt;
  return JobCommandEnded{row.id, true};
}

JobCommandRow new_job_command(const JobCommandStarted& event, const std::string& principal, Time time) {
  JobCommandRow row;
  row.id = event.command;
  row.kind = event.kind;
  row.filter = event.filter;
  row.actions = event.actions;
  row.canary = event.canary;
  row.ramp = event.ramp;
  row.reason = event.reason;
  row.principal = principal;
  row.matched = event.matched;
  row.last = event.last_job;
  row.created_at = row.updated_at = time;
  return row;
}

namespace {

/// What only a plan may say.
bool has_plan(const JobCommandStarted& event) {
  return !event.actions.empty() || event.canary != 0 || event.ramp != Ramp{};
}

/// Nothing happens to one that has ended.
Result<bool> change_command(RowAccess& rows, JobCommandId id, auto allowed, auto change) {
  auto row = rows.job_command(id);
  if (!row) return row.error();
  if (*row == nullptr || (*row)->state != JobCommandState::running || !allowed(**row)) return false;
  change(**row);
  return true;
}

}  // namespace

Result<bool> evolve_rows(RowAccess& rows, const JobCommandStarted& event, const Event& whole) {
  QueueState& queue = rows.queue();
  const bool is_plan = event.kind == JobCommandKind::plan;
  if (event.command != queue.last_job_command + 1 || event.last_job != queue.last_job) return false;
  if (is_plan ? queue.plan != 0 || queue.rollout.exists() : has_plan(event)) return false;
  queue.last_job_command = event.command;
  if (is_plan) {
    queue.plan = event.command;
    queue.rollout = new_rollout(queue, event, whole.principal, whole.time);
  }
  rows.add_job_command(new_job_command(event, whole.principal, whole.time));
  return true;
}

Result<bool> evolve_rows(RowAccess& rows, const JobCommandAdvanced& event, const Event& whole) {
  const auto allowed = [&](const JobCommandRow& row) {
    const bool is_plan = row.kind == JobCommandKind::plan;
    return (is_plan ? event.next >= row.next : event.next > row.next) && event.next <= row.last &&
           event.parked <= (is_plan ? event.done : 0);
  };
  return change_command(rows, event.command, allowed, [&](JobCommandRow& row) {
    row.next = event.next;
    row.done += event.done;
    row.skipped += event.skipped;
    row.parked += event.parked;
    row.updated_at = whole.time;
  });
}

Result<bool> evolve_rows(RowAccess& rows, const JobCommandEnded& event, const Event& whole) {
  const auto any = [](const JobCommandRow&) { return true; };
  return change_command(rows, event.command, any, [&](JobCommandRow& row) {
    row.state = event.stopped ? JobCommandState::stopped : JobCommandState::done;
    row.updated_at = row.finished_at = whole.time;
    if (rows.queue().plan == row.id) rows.queue().plan = 0;
  });
}

}  // namespace breakerd
