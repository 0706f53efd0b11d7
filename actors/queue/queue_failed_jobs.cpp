// Failed jobs: one is tried again or discarded, or many by a command that goes on in steps (queue_core.hpp).

#include <algorithm>
#include <set>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// Jobs that one step looks at. Few enough that a lease behind it does not wait for long.
constexpr std::size_t jobs_per_step = 100;

}  // namespace

Result<void> QueueCore::load_job_commands() {
  job_commands_.clear();
  auto view = committed();
  if (!view) return view.error();
  return scan_rows<JobCommandRow>(**view, Table::job_commands, {}, [this](JobCommandRow row) {
    if (row.state == JobCommandState::running) job_commands_[row.id].row = std::move(row);
    return true;
  });
}

Result<JobCommandRow*> QueueCore::job_command(JobCommandId id) {
  const auto at = job_commands_.find(id);
  return at == job_commands_.end() ? nullptr : &at->second.row;
}

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

Outcome QueueCore::run(const Context& context, const StartJobCommand& command) {
  auto started = breakerd::decide(queue_, job_commands_.size(), command, context.now.wall);
  if (!started) return started.error();
  const JobCommandId id = started->command;
  if (auto ok = emit(context, std::move(*started)); !ok) return ok.error();
  job_commands_.at(id).number = number_;
  return Reply{job_commands_.at(id).row};
}

/// One that does not run is answered as it is.
Outcome QueueCore::run(const Context& context, KeepAnswer& command) {
  if (auto ok = emit(context, RequestAnswered{std::move(command.answer)}); !ok) return ok.error();
  return Reply{};
}

Outcome QueueCore::run(const Context& context, const StopJobCommand& command) {
  const auto running = job_commands_.find(command.command);
  if (running == job_commands_.end()) {
    auto view = committed();
    if (!view) return view.error();
    auto row = read_row<JobCommandRow>(**view, Table::job_commands, number_key(command.command));
    if (!row) return remember_unreadable(row.error());
    if (!*row) return not_found("command " + std::to_string(command.command));
    return Reply{std::move(**row)};
  }
  if (auto ended = decide_stop(running->second.row); ended)
    if (auto ok = emit(context, std::move(*ended)); !ok) return ok.error();
  JobCommandRow row = std::move(running->second.row);
  job_commands_.erase(running);
  return Reply{std::move(row)};
}

/// The next jobs that may be FAILED, and that a step looks at.
Result<std::vector<JobId>> QueueCore::next_candidates(const JobCommandRow& row) {
  std::vector<JobId> ids;
  if (!row.filter.ids.empty()) {
    for (auto at = std::upper_bound(row.filter.ids.begin(), row.filter.ids.end(), row.next);
         at != row.filter.ids.end() && *at <= row.last && ids.size() < jobs_per_step; ++at)
      ids.push_back(*at);
    return ids;
  }
  auto view = committed();
  if (!view) return view.error();
  auto ok = scan_jobs(**view, Table::failed, {}, row.next, [&](JobId id) {
    if (id > row.last || ids.size() == jobs_per_step) return false;
    ids.push_back(id);
    return true;
  });
  if (!ok) return remember_unreadable(ok.error());
  return ids;
}

/// `keys` are those of jobs that are retried before this one.
bool QueueCore::can_retry(const ActiveJob& job, const Lane& lane, std::set<std::string>& keys) {
  if (!decide_retry({job.row, lane.row, queue_}, {}, queue_now_) || !check_own_key(job)) return false;
  return job.row.unique_key.empty() || keys.insert(job.row.unique_key).second;
}

Result<void> QueueCore::step(const Context& context, RunningCommand& command) {
  const JobCommandRow& row = command.row;
  command.number = number_;
  auto ids = next_candidates(row);
  if (!ids) return ids.error();
  if (ids->empty()) return emit(context, JobCommandEnded{row.id, false});
  read_rows(*ids);
  JobCommandAdvanced advanced{row.id, ids->back()};
  std::vector<ActiveJob*> matching;
  std::set<std::string> keys;  // that jobs of this step take
  for (const JobId id : *ids) {
    ActiveJob* job = find_undamaged(id);
    if (job == nullptr) {
      if (damaged_.contains(id)) ++advanced.skipped;
      continue;
    }
    if (!matches(row.filter, job->row)) continue;
    Lane& lane = lanes_.at(job->row.campaign);
    const bool can_go = row.kind == JobCommandKind::discard || can_retry(*job, lane, keys);
    ++(can_go ? advanced.done : advanced.skipped);
    if (can_go) matching.push_back(job);
  }
  const int cause = static_cast<int>(context.append.events.size());
  const JobCommandKind kind = row.kind;
  if (auto ok = emit(context, advanced); !ok) return ok;
  for (ActiveJob* job : matching) {
    if (kind == JobCommandKind::retry) {
      if (auto ok = retry(context, *job, {}, cause); !ok) return ok;
    } else {
      auto event = JobCancelled{job->row.id, job->row.campaign, {}, true};
      if (auto ok = emit(context, std::move(event), cause); !ok) return ok;
    }
  }
  return {};
}

bool QueueCore::advance_commands(Append& append, const Moment& now) {
  if (held_ || job_commands_.empty()) return false;
  const auto next = std::find_if(job_commands_.begin(), job_commands_.end(),
                                 [&](const auto& one) { return one.second.number <= committed_; });
  if (next == job_commands_.end()) return false;
  const JobCommandId id = next->first;
  const std::string principal = next->second.row.principal;
  const Context context{append, principal, now};
  // What cannot be read now is told, and read again at the next step.
  if (!step(context, next->second) && !broken_) append = Append{};
  if (!holds()) {
    append = Append{};
    return false;
  }
  if (next->second.row.state != JobCommandState::running) job_commands_.erase(id);
  return std::any_of(job_commands_.begin(), job_commands_.end(),
                     [&](const auto& one) { return one.second.number <= committed_; });
}

}  // namespace breakerd
