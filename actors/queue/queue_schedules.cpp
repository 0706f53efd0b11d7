// Schedules, as commands of the queue and by themselves (queue_core.hpp; the rules are in events/rules/schedules.hpp).
// All of them are in memory.

#include <algorithm>
#include <chrono>
#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/schedules.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// Few enough that a lease behind them does not wait for long: each may read the file of a time zone.
constexpr std::size_t schedules_per_turn = 50;
/// What a run needs, and there is not now, is looked for so often.
constexpr std::chrono::seconds try_again_after{1};
/// And so often when it was damaged: somebody may have mended it, or a disk could not read it for a moment.
constexpr std::chrono::seconds try_damaged_after{10};
/// The wall clock was not set back if it lost no more than this: it is read beside the other one, and put right slowly.
constexpr std::chrono::milliseconds clocks_differ{100};
const std::string own_principal = "breakerd";

/// The rules refuse the job of a run: another try would be refused likewise.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::wrong_state || error.code == ErrorCode::sealed ||
         error.code == ErrorCode::duplicate || error.code == ErrorCode::invalid;
}

/// Of a schedule, when somebody changes it.
std::optional<ScheduleId> changed_by(const EventData& event) {
  if (const auto* set = std::get_if<ScheduleSet>(&event)) return set->schedule;
  if (const auto* paused = std::get_if<SchedulePaused>(&event)) return paused->schedule;
  if (const auto* resumed = std::get_if<ScheduleResumed>(&event)) return resumed->schedule;
  if (const auto* removed = std::get_if<ScheduleRemoved>(&event)) return removed->schedule;
  return std::nullopt;
}

std::string named(const ScheduleRow& row) {
  return "schedule " + std::to_string(row.id) + " (" + row.plan.name + "): ";
}

/// A run that waits may begin, or be refused, behind this.
bool may_end_wait(const EventData& event) {
  return std::holds_alternative<QueueResumed>(event) || std::holds_alternative<HoldsLifted>(event) ||
         std::holds_alternative<JobHoldLifted>(event) || std::holds_alternative<CampaignStarted>(event) ||
         std::holds_alternative<CampaignResumed>(event) || std::holds_alternative<CampaignCompleted>(event) ||
         std::holds_alternative<CampaignFailed>(event) || std::holds_alternative<CampaignCancelled>(event);
}

}  // namespace

Result<void> QueueCore::load_schedules(const Moment& now) {
  schedules_.clear();
  times_walk_.reset();
  compared_ = now;
  auto view = committed();
  if (!view) return view.error();
  return scan_rows<ScheduleRow>(**view, Table::schedules, {}, [&](const ScheduleRow& row) {
    schedules_.set(row);
    times_walk_ = TimesWalk{now.steady};  // clocks and zones may have changed since somebody looked
    return true;
  });
}

void QueueCore::note_schedules(const EventData& event) {
  if (may_end_wait(event)) schedules_.end_waits();
  if (const auto schedule = changed_by(event)) {
    compare_clocks(moment_);  // its next time is worked out by a clock that may be ahead now, and not when one is due
    damaged_schedules_.erase(*schedule);
    put_off_.erase(*schedule);
  }
}

// --- commands ---

Result<void> QueueCore::check_name(const std::string& name, ScheduleId own) const {
  const ScheduleRow* namesake = schedules_.find_name(name);
  if (namesake == nullptr || namesake->id == own) return {};
  Error error = invalid_field("name", "a name that no other schedule has");
  error.code = ErrorCode::duplicate;
  error.detail = "schedule " + std::to_string(namesake->id) + " has this name already";
  return error;
}

/// As if it were enqueued now.
Result<void> QueueCore::check_scheduled(const JobSpec& job) {
  auto lane = find_lane(job.campaign);
  if (!lane) return lane.error();
  auto fits = decide_enqueue((*lane)->row, queue_.last_job + 1, std::make_shared<const JobSpec>(job));
  return fits ? Result<void>{} : Result<void>{fits.error()};
}

Outcome QueueCore::show_schedule(ScheduleId id) const {
  Outcome outcome{Reply{}};
  outcome->emplace<ScheduleRow>(*schedules_.find(id));
  return outcome;
}

Outcome QueueCore::run(const Context& context, const CreateSchedule& command) {
  if (auto ok = check_name(command.plan.name, 0); !ok) return ok.error();
  if (auto ok = check_scheduled(command.plan.job); !ok) return ok.error();
  auto set = breakerd::decide(queue_, command, context.now.wall);
  if (!set) return set.error();
  const ScheduleId id = set->schedule;
  if (auto ok = emit(context, std::move(*set)); !ok) return ok.error();
  return show_schedule(id);
}

Outcome QueueCore::run(const Context& context, const ChangeSchedule& command) {
  const ScheduleRow* row = schedules_.find(command.schedule);
  if (row == nullptr) return no_such_schedule(command.schedule);
  auto set = breakerd::decide(*row, command, context.now.wall);
  if (!set) return set.error();
  if (auto ok = check_name(set->plan.name, command.schedule); !ok) return ok.error();
  if (command.new_job)
    if (auto ok = check_scheduled(*command.new_job); !ok) return ok.error();
  if (auto ok = emit(context, std::move(*set)); !ok) return ok.error();
  return show_schedule(command.schedule);
}

Outcome QueueCore::run(const Context& context, const RemoveSchedule& command) {
  if (schedules_.find(command.schedule) == nullptr) return no_such_schedule(command.schedule);
  Outcome was = show_schedule(command.schedule);
  if (auto ok = emit(context, ScheduleRemoved{command.schedule, command.reason}); !ok) return ok.error();
  return was;
}

Outcome QueueCore::run(const Context& context, const PauseSchedule& command) {
  const ScheduleRow* row = schedules_.find(command.schedule);
  if (row == nullptr) return no_such_schedule(command.schedule);
  if (auto paused = breakerd::decide(*row, command))
    if (auto ok = emit(context, std::move(*paused)); !ok) return ok.error();
  return show_schedule(command.schedule);
}

Outcome QueueCore::run(const Context& context, const ResumeSchedule& command) {
  const ScheduleRow* row = schedules_.find(command.schedule);
  if (row == nullptr) return no_such_schedule(command.schedule);
  auto resumed = breakerd::decide(*row, command, context.now.wall);
  if (!resumed) return resumed.error();
  if (*resumed)
    if (auto ok = emit(context, std::move(**resumed)); !ok) return ok.error();
  return show_schedule(command.schedule);
}

Outcome QueueCore::run(const Context& context, const RunSchedule& command) {
  const ScheduleRow* row = schedules_.find(command.schedule);
  if (row == nullptr) return no_such_schedule(command.schedule);
  const auto due = time_by_hand(*row, context.now.wall);
  if (!due) return due.error();
  const SchedulePlan plan = row->plan;  // the event changes the row
  auto spec = begin_scheduled(context, plan, {row->id, *due, true, 0, row->next_at});
  if (!spec) return spec.error();
  return Reply{view_of(new_job_, std::move(*spec))};
}

// --- runs ---

/// One whose key no living job has: a run of a time when the clock was ahead may have it.
Result<Time> QueueCore::time_by_hand(const ScheduleRow& row, Time now) {
  for (Time due = due_by_hand(row, now);; due = due_by_hand(row, due + std::chrono::microseconds{1})) {
    auto keeper = keeper_of(job_of_run(row.plan, due).unique_key);
    if (!keeper) return keeper.error();
    if (*keeper == nullptr) return due;
  }
}

Result<JobSpecPtr> QueueCore::begin_scheduled(const Context& context, const SchedulePlan& plan, ScheduleRan run) {
  run.run_job = queue_.last_job + 1;
  JobSpec job = job_of_run(plan, run.due);
  KeysOfBatch keys;
  auto admission = admit(job, run.run_job, keys, context.append);
  if (!admission) return admission.error();
  auto event = decide_new(std::move(job), run.run_job, context.now);
  if (!event) return event.error();
  JobSpecPtr spec = event->spec;
  const auto cause = static_cast<int>(context.append.events.size());
  if (auto ok = emit(context, std::move(run)); !ok) return ok.error();
  if (auto ok = enqueue(context, std::move(*event), cause); !ok) return ok.error();
  return spec;
}

Result<void> QueueCore::run_due(const Context& context, const ScheduleRow& row) {
  auto lane = find_lane(row.plan.job.campaign);
  if (!lane) return lane.error();
  if (must_wait(row.plan, (*lane)->row, queue_)) return schedules_.wait(row.id), Result<void>{};
  const auto run = decide_due(row, context.now.wall);
  if (!run) return run.error();
  std::string refused = run->begins ? "" : "it was missed";
  if (run->begins) {
    auto& needs = context.append.preconditions;
    const auto needed_before = static_cast<std::ptrdiff_t>(needs.size());
    auto begun = begin_scheduled(context, row.plan, {row.id, row.next_at, false, 0, run->next_at});
    if (!begun && !broken_) needs.erase(needs.begin() + needed_before, needs.end());  // of a job that does not come
    if (!begun && (broken_ || !is_refusal(begun.error()))) return begun.error();
    if (begun) damaged_schedules_.erase(row.id);
    if (!begun) refused = begun.error().detail;
  }
  if (!refused.empty())
    if (auto ok = emit(context, ScheduleSkipped{row.id, row.next_at, run->next_at, refused}); !ok) return ok;
  if (run->end_reason.empty()) return {};
  return emit(context, SchedulePaused{row.id, run->end_reason});
}

/// What is in the way may pass, so it is looked for again. It is told once; damage opens the circuit, once.
void QueueCore::put_off(const ScheduleRow& row, const Error& error, std::optional<Error> told_before, SteadyTime now) {
  const bool is_damage = error.code == ErrorCode::corrupt;
  schedules_.wait(row.id, now + (is_damage ? try_damaged_after : try_again_after));
  if (is_damage) {
    unreadable_ = std::move(told_before);
    if (!damaged_schedules_.insert(row.id).second) return;
    unreadable_ = error;
    unreadable_->detail = named(row) + error.detail + "; its runs wait until this can be read";
  } else if (put_off_.insert(row.id).second) {
    warnings_.push_back(named(row) + "a run is due and cannot begin, it is tried again: " + error.detail);
  }
}

/// A clock that is set back leaves runs for times that are far away.
void QueueCore::compare_clocks(const Moment& now) {
  const auto passed = std::chrono::duration_cast<Duration>(now.steady - compared_.steady);
  if (now.wall - compared_.wall < passed - clocks_differ) times_walk_ = TimesWalk{now.steady};
  compared_ = now;
}

/// Up to a bound, those whose next run is later than its times say.
void QueueCore::correct_times(const Context& context) {
  const SteadyTime now = context.now.steady;
  for (std::size_t i = 0; times_walk_ && times_walk_->at <= now && i < schedules_per_turn; ++i) {
    const ScheduleRow* row = schedules_.find_behind(times_walk_->behind);
    if (row == nullptr) {
      const bool again = times_walk_->has_failed;
      times_walk_ = again ? std::optional{TimesWalk{now + try_again_after}} : std::nullopt;
      return;
    }
    times_walk_->behind = row->id;
    auto earlier = decide_earlier(*row, context.now.wall);
    if (!earlier && earlier.error().code != ErrorCode::invalid) times_walk_->has_failed = true;
    if (!earlier || !*earlier) continue;
    if (!emit(context, std::move(**earlier))) return;
  }
}

bool QueueCore::run_schedules(Append& append, const Moment& now) {
  if (queue_.paused || held_ || !may_step()) return false;
  const Context context{append, own_principal, now};
  compare_clocks(now);
  correct_times(context);
  schedules_.end_waits(now.steady);
  const std::vector<ScheduleId> due = schedules_.due(now.wall, schedules_per_turn);
  for (const ScheduleId id : due) {
    if (broken_) break;
    const ScheduleRow row = *schedules_.find(id);  // the events change it
    auto told_before = unreadable_;
    const auto ran = run_due(context, row);
    if (ran)
      put_off_.erase(id);
    else if (!broken_)
      put_off(row, ran.error(), std::move(told_before), now.steady);
  }
  if (!holds()) {
    append = Append{};
    return false;
  }
  if (!append.events.empty()) last_step_ = number_;
  return due.size() == schedules_per_turn || (times_walk_ && times_walk_->at <= now.steady);
}

}  // namespace breakerd
