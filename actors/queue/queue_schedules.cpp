// Schedules, as commands of the queue and by themselves (queue_core.hpp; the rules are in events/rules/schedules.hpp).
// All of them are in memory.

#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/schedules.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// Few enough that a lease behind them does not wait for long: each may read the file of a time zone.
constexpr std::size_t schedules_per_turn = 50;
const std::string own_principal = "breakerd";

/// The rules refuse the job of a run: another try would be refused likewise.
bool is_refusal(const Error& error) {
  return error.code == ErrorCode::wrong_state || error.code == ErrorCode::sealed || error.code == ErrorCode::limit ||
         error.code == ErrorCode::duplicate || error.code == ErrorCode::invalid;
}

/// A run that waits may begin, or be refused, behind this.
bool may_end_wait(const EventData& event) {
  return std::holds_alternative<QueueResumed>(event) || std::holds_alternative<HoldsLifted>(event) ||
         std::holds_alternative<JobHoldLifted>(event) || std::holds_alternative<CampaignStarted>(event) ||
         std::holds_alternative<CampaignResumed>(event) || std::holds_alternative<CampaignCompleted>(event) ||
         std::holds_alternative<CampaignFailed>(event) || std::holds_alternative<CampaignCancelled>(event);
}

}  // namespace

Result<void> QueueCore::load_schedules() {
  schedules_.clear();
  auto view = committed();
  if (!view) return view.error();
  return scan_rows<ScheduleRow>(**view, Table::schedules, {}, [this](const ScheduleRow& row) {
    schedules_.set(row);
    return true;
  });
}

void QueueCore::note_schedules(const EventData& event) {
  if (may_end_wait(event)) schedules_.end_waits();
}

// --- commands ---

Result<void> QueueCore::check_name(const std::string& name, ScheduleId own) const {
  const ScheduleRow* namesake = schedules_.find_name(name);
  if (namesake == nullptr || namesake->id == own) return {};
  return make_error(ErrorCode::duplicate, "schedule " + std::to_string(namesake->id) + " has this name already");
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
  const SchedulePlan plan = row->plan;  // the event changes the row
  auto spec = begin_scheduled(context, plan, {row->id, context.now.wall, true, 0, row->next_at});
  if (!spec) return spec.error();
  return Reply{view_of(new_job_, std::move(*spec))};
}

// --- runs ---

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
  const DueRun run = decide_due(row, context.now.wall);
  std::string refused = run.begins ? "" : "it was missed";
  if (run.begins) {
    auto begun = begin_scheduled(context, row.plan, {row.id, row.next_at, false, 0, run.next_at});
    if (!begun && (broken_ || !is_refusal(begun.error()))) return begun.error();
    if (!begun) refused = begun.error().detail;
  }
  if (!refused.empty())
    if (auto ok = emit(context, ScheduleSkipped{row.id, row.next_at, run.next_at, refused}); !ok) return ok;
  if (run.end_reason.empty()) return {};
  return emit(context, SchedulePaused{row.id, run.end_reason});
}

bool QueueCore::run_schedules(Append& append, const Moment& now) {
  if (queue_.paused || held_ || !may_step()) return false;
  const std::vector<ScheduleId> due = schedules_.due(now.wall, schedules_per_turn);
  const Context context{append, own_principal, now};
  for (const ScheduleId id : due) {
    const ScheduleRow row = *schedules_.find(id);  // the events change it
    if (auto ok = run_due(context, row); ok) continue;
    if (broken_) break;
    schedules_.wait(id);  // what could not be read is read again behind the next pause or start
  }
  if (!holds()) {
    append = Append{};
    return false;
  }
  if (!append.events.empty()) last_step_ = number_;
  return due.size() == schedules_per_turn;
}

}  // namespace breakerd
