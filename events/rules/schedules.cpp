#include <breakerd/events/rules/schedules.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/recurrence.hpp>
#include <breakerd/events/rules/zone_database.hpp>

namespace breakerd {
namespace {

Result<Recurrence> recurrence_of(const SchedulePlan& plan, Time anchor) {
  if (plan.cron.empty()) {
    auto rule = make_interval(std::chrono::milliseconds{plan.every_ms}, anchor);
    if (!rule) return rule.error();
    return Recurrence{*rule};
  }
  auto cron = parse_cron(plan.cron);
  if (!cron) return cron.error();
  auto zone = find_time_zone(plan.time_zone);
  if (!zone) return zone.error();
  return Recurrence{CronRule{std::move(*cron), std::move(*zone)}};
}

/// How far a clock may be set back before times that have come come again. An hour that is named comes once; a rhythm
/// goes on by the new time, but a clock that is only put right does not repeat a beat of it.
Duration comes_once_within(const Recurrence& rule) {
  const auto* cron = std::get_if<CronRule>(&rule);
  return cron != nullptr && !cron->cron.has_every_hour() ? Duration{std::chrono::hours{3}}
                                                         : Duration{std::chrono::minutes{1}};
}

/// The first time after `now`, and after all that have come: the clock has shown those of the last run, at least.
Result<Time> first_due(const SchedulePlan& plan, Time anchor, Time now, const ScheduleRow& row = {}) {
  auto rule = recurrence_of(plan, anchor);
  if (!rule) return rule.error();
  Time after = now;
  for (const Time shown : {row.last_due_at, row.last_at, row.skipped_due_at, row.skipped_at})
    if (shown - now <= comes_once_within(*rule)) after = std::max(after, shown);
  const auto next = next_time(*rule, after);
  if (!next) return invalid_field(plan.cron.empty() ? "every_ms" : "cron", "a time that comes before the year 10000");
  return *next;
}

/// What `every_ms` counts from: the first run is due one of them later.
Time anchor_of(const SchedulePlan& plan, Time now) { return plan.cron.empty() ? now : no_time; }

bool have_same_times(const SchedulePlan& one, const SchedulePlan& other) {
  return one.cron == other.cron && one.time_zone == other.time_zone && one.every_ms == other.every_ms;
}

void keep_zone(SchedulePlan& plan) {
  if (plan.cron.empty())
    plan.time_zone.clear();
  else if (plan.time_zone.empty())
    plan.time_zone = "UTC";
}

bool is_sane(const SchedulePlan& plan) {
  return !plan.name.empty() && !plan.job.job_type.empty() && plan.cron.empty() == (plan.every_ms > 0) &&
         plan.cron.empty() == plan.time_zone.empty();
}

/// It is due as the row says, and another one is later.
bool is_due(const ScheduleRow& row, Time due, Time next_at) {
  return !row.paused && due != no_time && due == row.next_at && (next_at == no_time || next_at > due);
}

void change(ScheduleRow& row, const Event& by, const std::string& reason) {
  row.changed_at = by.time;
  row.changed_by = by.principal;
  row.reason = reason;
}

/// The row, of which `allowed` says whether the event can follow, and `apply` what it does then.
Result<bool> change_row(RowAccess& rows, ScheduleId id, auto allowed, auto apply) {
  auto row = rows.schedule(id);
  if (!row) return row.error();
  if (*row == nullptr || !allowed(**row)) return false;
  ScheduleRow changed = **row;
  apply(changed);
  rows.set_schedule(changed);
  return true;
}

}  // namespace

Result<ScheduleSet> decide(const QueueState& state, const CreateSchedule& command, Time now) {
  if (state.schedules >= limits::schedules_max)
    return make_error(ErrorCode::limit, "schedules_max: no more than " + std::to_string(limits::schedules_max) +
                                            " schedules can be there at a time; remove one first");
  ScheduleSet set{state.last_schedule + 1, command.plan, anchor_of(command.plan, now), {}, command.reason};
  keep_zone(set.plan);
  auto next = first_due(set.plan, set.anchor, now);
  if (!next) return next.error();
  set.next_at = *next;
  return set;
}

Result<ScheduleSet> decide(const ScheduleRow& row, const ChangeSchedule& command, Time now) {
  ScheduleSet set{row.id, row.plan, row.anchor, row.next_at, command.reason};
  SchedulePlan& plan = set.plan;
  if (command.name) plan.name = *command.name;
  if (command.missed) plan.missed = *command.missed;
  if (command.new_job) plan.job = *command.new_job;
  if (!command.cron && !command.every_ms && !command.time_zone) return set;
  if (command.every_ms) {
    plan.cron.clear();
    plan.every_ms = *command.every_ms;
  } else if (command.cron) {
    plan.cron = *command.cron;
    plan.every_ms = 0;
  }
  if (command.time_zone && plan.cron.empty()) return invalid_field("time_zone", "nothing: every_ms has no zone");
  if (command.time_zone) plan.time_zone = *command.time_zone;
  keep_zone(plan);
  if (have_same_times(plan, row.plan)) return set;
  set.anchor = anchor_of(plan, now);
  auto next = first_due(plan, set.anchor, now, row);
  if (!next) return next.error();
  if (row.next_at > now) set.next_at = *next;
  return set;
}

std::optional<SchedulePaused> decide(const ScheduleRow& row, const PauseSchedule& command) {
  if (row.paused) return std::nullopt;
  return SchedulePaused{row.id, command.reason};
}

Result<std::optional<ScheduleResumed>> decide(const ScheduleRow& row, const ResumeSchedule& command, Time now) {
  if (!row.paused) return std::optional<ScheduleResumed>{};
  auto next = first_due(row.plan, row.anchor, now, row);
  if (!next) return next.error();
  return std::optional{ScheduleResumed{row.id, *next, command.reason}};
}

Result<std::optional<ScheduleResumed>> decide_earlier(const ScheduleRow& row, Time now) {
  if (row.paused || row.next_at <= now) return std::optional<ScheduleResumed>{};
  auto next = first_due(row.plan, row.anchor, now, row);
  if (!next) return next.error();
  if (*next >= row.next_at) return std::optional<ScheduleResumed>{};
  return std::optional{ScheduleResumed{row.id, *next, "the clock or the zone was changed: this time comes first"}};
}

Time due_by_hand(const ScheduleRow& row, Time now) {
  constexpr std::chrono::microseconds tick{1};
  Time due = now;
  if (row.last_due_at >= due && row.last_due_at - due < std::chrono::seconds{1}) due = row.last_due_at + tick;
  return due == row.next_at ? due + tick : due;
}

Result<DueRun> decide_due(const ScheduleRow& row, Time now) {
  DueRun run;
  run.begins = row.plan.missed == MissedRuns::once || now - row.next_at <= missed_after;
  auto next = first_due(row.plan, row.anchor, std::max(now, row.next_at), row);
  if (!next && next.error().code != ErrorCode::invalid) return next.error();
  if (next)
    run.next_at = *next;
  else
    run.end_reason = "its next time cannot be worked out: " + next.error().detail;
  return run;
}

JobSpec job_of_run(const SchedulePlan& plan, Time due) {
  JobSpec job = plan.job;
  job.unique_key = "schedule/" + plan.name + "/" + to_rfc3339(due);
  return job;
}

bool must_wait(const SchedulePlan& plan, const LaneRow& lane, const QueueState& queue) {
  if (queue.paused) return true;
  if (!plan.job.campaign.is_nil() && lane.status == CampaignStatus::created) return true;
  JobRow row;
  row.campaign = plan.job.campaign;
  row.job_type = plan.job.job_type;
  row.service = plan.job.service;
  return is_held({row, lane, queue});
}

Result<bool> evolve_rows(RowAccess& rows, const ScheduleSet& event, const Event& whole) {
  auto known = rows.schedule(event.schedule);
  if (!known) return known.error();
  QueueState& queue = rows.queue();
  if (!is_sane(event.plan)) return false;
  ScheduleRow row;
  if (*known != nullptr) {
    row = **known;
  } else {
    if (event.schedule != queue.last_schedule + 1 || queue.schedules >= limits::schedules_max) return false;
    queue.last_schedule = event.schedule;
    ++queue.schedules;
    row.id = event.schedule;
    row.created_at = whole.time;
    row.created_by = whole.principal;
  }
  row.plan = event.plan;
  row.anchor = event.anchor;
  row.next_at = row.paused ? no_time : event.next_at;
  change(row, whole, event.reason);
  rows.set_schedule(row);
  return true;
}

Result<bool> evolve_rows(RowAccess& rows, const SchedulePaused& event, const Event& whole) {
  const auto allowed = [](const ScheduleRow& row) { return !row.paused; };
  return change_row(rows, event.schedule, allowed, [&](ScheduleRow& row) {
    row.paused = true;
    row.next_at = no_time;
    change(row, whole, event.reason);
  });
}

Result<bool> evolve_rows(RowAccess& rows, const ScheduleResumed& event, const Event& whole) {
  const auto allowed = [&](const ScheduleRow& row) {
    return row.paused || (event.next_at != no_time && event.next_at < row.next_at);
  };
  return change_row(rows, event.schedule, allowed, [&](ScheduleRow& row) {
    if (row.paused) change(row, whole, event.reason);
    row.paused = false;
    row.next_at = event.next_at;
  });
}

Result<bool> evolve_rows(RowAccess& rows, const ScheduleRemoved& event, const Event& /*whole*/) {
  auto row = rows.schedule(event.schedule);
  if (!row) return row.error();
  if (*row == nullptr) return false;
  --rows.queue().schedules;
  rows.remove_schedule(event.schedule);
  return true;
}

/// Its job is checked with the event that enqueues it, which is next.
Result<bool> evolve_rows(RowAccess& rows, const ScheduleRan& event, const Event& whole) {
  const QueueState& queue = rows.queue();
  const auto allowed = [&](const ScheduleRow& row) {
    if (event.run_job != queue.last_job + 1) return false;
    if (event.by_hand) return event.due != no_time && event.next_at == row.next_at;
    return !queue.paused && is_due(row, event.due, event.next_at);
  };
  auto ok = change_row(rows, event.schedule, allowed, [&](ScheduleRow& row) {
    row.next_at = event.next_at;
    row.last_at = whole.time;
    row.last_due_at = event.due;
    row.last_job = event.run_job;
  });
  if (ok && *ok) rows.follow_up() = {FollowUp::Next::job_enqueued, {}, 0, event.run_job};
  return ok;
}

Result<bool> evolve_rows(RowAccess& rows, const ScheduleSkipped& event, const Event& whole) {
  const auto allowed = [&](const ScheduleRow& row) {
    return !event.reason.empty() && is_due(row, event.due, event.next_at);
  };
  return change_row(rows, event.schedule, allowed, [&](ScheduleRow& row) {
    row.next_at = event.next_at;
    row.skipped_at = whole.time;
    row.skipped_due_at = event.due;
    row.skipped_reason = event.reason;
  });
}

Error no_such_schedule(ScheduleId id) { return not_found("schedule " + std::to_string(id)); }

}  // namespace breakerd
