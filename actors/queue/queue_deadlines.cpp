// Jobs that nobody starts in time (queue_core.hpp; the rules are in events/rules/deadlines.hpp).

#include <algorithm>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/deadlines.hpp>

namespace breakerd {
namespace {

/// Few enough that a lease behind them does not wait for long.
constexpr std::size_t deadlines_per_turn = 250;
const std::string own_principal = "breakerd";

auto& deadlines_of(auto& due) { return due[static_cast<std::size_t>(DueClock::deadline)]; }

/// Jobs whose deadline came while they were held may be held no more.
bool may_end_hold(const EventData& event) {
  return std::holds_alternative<HoldsLifted>(event) || std::holds_alternative<JobHoldLifted>(event) ||
         std::holds_alternative<CampaignResumed>(event) || std::holds_alternative<CampaignFailed>(event) ||
         std::holds_alternative<CampaignCancelled>(event);
}

}  // namespace

void QueueCore::set_deadline_of(const JobRow& row) {
  if (row.deadline.exists() && !row.deadline.is_held) deadlines_of(due_).insert({row.deadline.at, row.id});
}

void QueueCore::note_deadlines(const EventData& event) {
  if (may_end_hold(event) && any_held_) held_walk_ = HeldWalk{number_, 0, {}};
  const auto* moved = std::get_if<DeadlinesMoved>(&event);
  if (moved == nullptr) return;
  for (const JobId id : moved->jobs) {
    ActiveJob& job = *jobs_.find(id);
    jobs_.mark_changed(job, number_);
    set_deadline_of(job.row);
    any_held_ = any_held_ || job.row.deadline.is_held;
  }
}

bool QueueCore::deadline_has_come(Time queue_now) const {
  const auto next = deadlines_of(due_).front();
  return next && next->first <= queue_now;
}

bool QueueCore::may_have_overdue(SteadyTime now) const {
  if (queue_.paused || queue_time_.paused || last_step_ > committed_) return false;
  return deadline_has_come(queue_time_.at(now));
}

bool QueueCore::is_overdue(const ActiveJob& job) const {
  if (!job.row.deadline.exists()) return false;
  return look_at_deadline({job.row, lanes_.at(job.row.campaign).row, queue_}, queue_now_) == DeadlineState::has_come;
}

/// Up to a bound, those whose deadline may have come.
std::vector<JobId> QueueCore::take_deadlines() {
  std::vector<JobId> ids;
  DueJobs& deadlines = deadlines_of(due_);
  while (ids.size() < deadlines_per_turn) {
    if (deadlines.wants_refill() && !refill_due()) break;
    if (!deadline_has_come(queue_now_)) break;
    ids.push_back(deadlines.front()->second);
    deadlines.pop_front();
  }
  return ids;
}

/// Holds may have ended since anybody looked at the deadlines that wait for that.
Result<void> QueueCore::load_held() {
  held_walk_.reset();
  any_held_ = false;
  auto view = committed();
  if (!view) return view.error();
  const std::string prefix(1, static_cast<char>(DueClock::held));
  auto ok = (*view)->scan(Table::due, prefix, after_prefix(prefix), [&](std::string_view, std::string_view) {
    held_walk_ = HeldWalk{};
    any_held_ = true;
    return false;
  });
  return ok ? Result<void>{} : Result<void>{remember_unreadable(ok.error())};
}

/// Up to a bound, the next ones whose deadline came while they were held. Everything that was decided before the walk
/// began is on disk by then.
std::vector<JobId> QueueCore::take_held() {
  std::vector<JobId> ids;
  if (!held_walk_ || held_walk_->number > committed_) return ids;
  auto view = committed();
  if (!view) return ids;
  const std::string prefix(1, static_cast<char>(DueClock::held));
  std::string from = prefix;
  if (held_walk_->job != 0) from = due_key({held_walk_->at, DueClock::held}, held_walk_->job) + '\0';
  auto ok = (*view)->scan(Table::due, from, after_prefix(prefix), [&](std::string_view key, std::string_view) {
    held_walk_->at = Time{Duration{static_cast<Duration::rep>(read_big_endian(key.substr(1)))}};
    held_walk_->job = read_big_endian(key.substr(9));
    ids.push_back(held_walk_->job);
    return ids.size() < deadlines_per_turn;
  });
  if (!ok) {
    (void)remember_unreadable(ok.error());  // the walk goes on from where it is
  } else if (ids.size() < deadlines_per_turn) {
    held_walk_.reset();
  }
  return ids;
}

/// A lease may have passed over it, because its deadline had come before a hold moved that.
void QueueCore::wait_on(ActiveJob& job) {
  if (job.row.is_ready() && !is_terminal(lanes_.at(job.row.campaign).row.status)) make_ready(job);
}

bool QueueCore::expire_jobs(Append& append, const Moment& now) {
  if (queue_.paused || held_ || !may_step()) return false;
  std::vector<JobId> ids = take_deadlines();
  const bool more_have_come = ids.size() == deadlines_per_turn;
  const std::vector<JobId> were_held = take_held();
  ids.insert(ids.end(), were_held.begin(), were_held.end());
  if (ids.empty()) return false;
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  read_rows(ids);
  const Context context{append, own_principal, now};
  DeadlinesMoved moved{queue_now_, {}};
  for (const JobId id : ids) {
    const ActiveJob* job = find_undamaged(id);
    if (job == nullptr) continue;
    const LaneId lane = job->row.campaign;
    const DeadlineState state = look_at_deadline({job->row, lanes_.at(lane).row, queue_}, queue_now_);
    if (state == DeadlineState::moves) moved.jobs.push_back(id);
    if (state != DeadlineState::has_come) continue;
    if (!emit(context, JobExpired{id, lane})) break;
  }
  const std::vector<JobId> later = moved.jobs;
  if (!later.empty() && !broken_ && emit(context, std::move(moved)))
    for (const JobId id : later) wait_on(*jobs_.find(id));
  if (!holds()) {
    append = Append{};
    return false;
  }
  if (!append.events.empty()) last_step_ = number_;
  return more_have_come || (held_walk_ && held_walk_->number <= committed_);
}

}  // namespace breakerd
