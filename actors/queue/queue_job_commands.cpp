// Commands about many jobs: failed ones, parked ones, and plans. They go on in steps (queue_core.hpp).

#include <algorithm>
#include <set>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/failed_jobs.hpp>
#include <breakerd/events/rules/triage.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// Jobs that one step looks at. Few enough that a lease behind it does not wait for long.
constexpr std::size_t jobs_per_step = 100;
/// Rows that a step of a plan reads to find them.
constexpr std::size_t rows_per_step = 1'000;

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

Outcome QueueCore::run(const Context& context, const StartJobCommand& command) {
  auto started = breakerd::decide(queue_, job_commands_.size() - (queue_.plan != 0 ? 1 : 0), command, context.now.wall);
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

/// The next jobs that the command may be about, and that a step looks at.
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
  auto ok = scan_jobs(**view, is_about_parked(row.kind) ? Table::parked : Table::failed, {}, row.next, [&](JobId id) {
    if (id > row.last || ids.size() == jobs_per_step) return false;
    ids.push_back(id);
    return true;
  });
  if (!ok) return remember_unreadable(ok.error());
  return ids;
}

/// One that is about to be parked no more, because its campaign has ended, is not touched.
bool QueueCore::is_meant(const JobCommandRow& command, const JobRow& row) const {
  if (is_about_dead(command.kind)) return matches(command.filter, row);
  return matches_parked(command.filter, row) && !has_ended_lane(row);
}

bool QueueCore::has_ended_lane(const JobRow& row) const {
  return !row.campaign.is_nil() && is_terminal(lanes_.at(row.campaign).row.status);
}

/// What the command does with one job. `reason` is the command's.
Result<void> QueueCore::do_with(const Context& context, JobCommandKind kind, const std::string& reason, ActiveJob& job,
                                int cause) {
  const JobId id = job.row.id;
  const CampaignId campaign = job.row.campaign;
  if (kind == JobCommandKind::retry) return retry(context, job, {}, cause);
  if (kind == JobCommandKind::discard) return emit(context, JobCancelled{id, campaign, {}, true}, cause);
  if (kind == JobCommandKind::cancel_parked) return emit(context, JobCancelled{id, campaign, reason, false}, cause);
  if (auto ok = emit(context, JobUnparked{id, campaign}, cause); !ok) return ok;
  make_ready(job);
  return {};
}

Result<void> QueueCore::step(const Context& context, RunningCommand& command) {
  const JobCommandRow& row = command.row;
  command.number = number_;
  if (row.kind == JobCommandKind::plan) return step_of_plan(context, row);
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
    if (!is_meant(row, job->row)) continue;
    const bool can_go = row.kind != JobCommandKind::retry || can_retry(*job, lanes_.at(job->row.campaign), keys);
    ++(can_go ? advanced.done : advanced.skipped);
    if (can_go) matching.push_back(job);
  }
  const int cause = static_cast<int>(context.append.events.size());
  const JobCommandKind kind = row.kind;
  const std::string reason = row.reason;
  if (auto ok = emit(context, advanced); !ok) return ok;
  for (ActiveJob* job : matching)
    if (auto ok = do_with(context, kind, reason, *job, cause); !ok) return ok;
  return {};
}

/// Looks at the rows of all jobs, in their order: those that wait for a time or are held are in no one index.
Result<void> QueueCore::step_of_plan(const Context& context, const JobCommandRow& plan) {
  if (!keeps_any(plan.actions)) return emit(context, JobCommandEnded{plan.id, false});
  auto view = committed();
  if (!view) return view.error();
  JobId looked_to = 0;
  std::size_t looked_at = 0;
  std::vector<JobId> ids;
  auto scanned =
      (*view)->scan(Table::jobs, number_key(plan.next + 1), {}, [&](std::string_view key, std::string_view value) {
        const JobId id = read_big_endian(key);
        if (id > plan.last || ids.size() == jobs_per_step || looked_at == rows_per_step) return false;
        looked_to = id;
        ++looked_at;
        const auto row = decode_row<JobRow>(Table::jobs, key, value);
        if (!row || verb_of(plan, *row) != PlanVerb::release) ids.push_back(id);
        return true;
      });
  if (!scanned) return remember_unreadable(scanned.error());
  if (looked_at == 0) return emit(context, JobCommandEnded{plan.id, false});
  std::uint64_t skipped = 0;
  std::vector<Planned> planned;
  for (const JobId id : ids) {
    ActiveJob* job = find_undamaged(id);
    if (job == nullptr) {
      if (damaged_.contains(id)) ++skipped;
      continue;
    }
    const PlanVerb verb = verb_of(plan, job->row);
    if (verb != PlanVerb::release && !has_ended_lane(job->row)) planned.push_back({job, verb});
  }
  return carry_out(context, looked_to, skipped, planned);
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
