// Jobs that wait for their time (queue_core.hpp), and the time that they wait for.

#include <algorithm>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

constexpr std::size_t due_per_turn = 1'000;
constexpr std::chrono::seconds wall_clock_check{1};
constexpr std::chrono::milliseconds read_again{100};
constexpr std::chrono::milliseconds step_is_committed{5};
/// By how much two clocks may differ that nobody sets: they are read one after the other.
constexpr std::chrono::milliseconds clocks_differ{100};
const std::string own_principal = "breakerd";

}  // namespace

/// Queue time is counted with the steady clock, so that nobody who sets the wall clock moves it. The pause or the
/// resume that the last turn has decided counts from that turn on.
QueueTime QueueCore::counted_queue_time() const {
  QueueTime time = queue_time_;
  if (queue_.paused == time.paused) return time;
  time.then = time.at(time.last_turn);
  time.since = time.last_turn;
  time.paused = queue_.paused;
  time.paused_at = queue_.paused_at;
  return time;
}

void QueueCore::run_queue_time(const Moment& now) {
  queue_time_ = counted_queue_time();
  queue_time_.last_turn = now.steady;
  queue_now_ = queue_time_.at(now.steady);
}

/// Committed state was read. Where it has another pause than was counted, that pause is what counts: one of storage
/// trouble was begun by somebody else, and one that is not in the log has not been.
void QueueCore::correct_queue_time(const Moment& now) {
  const QueueTime& time = queue_time_;
  Time counted = queue_.queue_time(now.wall);
  if (time.is_known) {
    const auto passed = std::chrono::duration_cast<Duration>(now.steady - time.since);
    Duration paused_for{};
    if (queue_.paused) paused_for = std::clamp(now.wall - queue_.paused_at, Duration{0}, passed);
    if (queue_.paused && time.paused && queue_.paused_at == time.paused_at) paused_for = passed;
    counted = time.then + (passed - paused_for);
  }
  queue_time_ = {true, queue_.paused, queue_.paused_at, counted, now.steady, now.steady};
  queue_now_ = counted;
}

/// At the next turn it is told in the log, so that what comes after it can be worked out from there. This holds for a
/// pause, too: recovery writes one by the wall clock, and does not know that it was set.
bool QueueCore::clock_was_set(const Moment& now) const {
  if (!queue_time_.is_known) return false;
  const Duration ahead = queue_.queue_time(now.wall) - counted_queue_time().at(now.steady);
  return ahead > clocks_differ || ahead < -clocks_differ;
}

void QueueCore::tell_queue_time(Append& append, const Moment& now) {
  const Context context{append, own_principal, now};
  if (!emit(context, QueueTimeSet{queue_now_}) || !holds()) append = Append{};
}

Time QueueCore::now_of(DueClock clock, const Moment& now) const {
  return clock == DueClock::wall ? now.wall : queue_now_;
}

Result<void> QueueCore::refill_due() {
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (!due_[i].wants_refill()) continue;
    auto view = committed();
    if (!view) return view.error();
    auto read = due_[i].refill(**view);
    if (!read) return remember_unreadable(read.error());
    if (!*read) continue;
    jobs_.each_uncommitted([&](ActiveJob& job) {
      if (i == static_cast<std::size_t>(DueClock::deadline)) return set_deadline_of(job.row);
      if (job.row.due.exists() && static_cast<std::size_t>(job.row.due.clock) == i) set_due(job.row);
    });
  }
  return {};
}

/// Up to a bound, those whose time has come: they wait for it still, as their rows say.
std::vector<JobId> QueueCore::take_due(const Moment& now) {
  std::vector<JobId> ids;
  for (const DueClock clock : {DueClock::wall, DueClock::queue}) {
    DueJobs& next_ones = due_[static_cast<std::size_t>(clock)];
    while (ids.size() < due_per_turn) {
      if (next_ones.wants_refill() && !refill_due()) break;
      const auto next = next_ones.front();
      if (!next || !has_come({next->first, clock}, now)) break;
      ids.push_back(next->second);
      next_ones.pop_front();
    }
  }
  read_rows(ids);
  std::sort(ids.begin(), ids.end());  // one that a refill gave again is there twice
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::vector<JobId> due;
  for (const JobId id : ids) {
    const ActiveJob* job = find_undamaged(id);
    if (job != nullptr && has_come(job->row.due, now)) due.push_back(id);
  }
  return due;
}

/// All at once. What cannot be read is met again, one by one.
void QueueCore::read_rows(const std::vector<JobId>& ids) {
  std::vector<std::string> keys;
  for (const JobId id : ids)
    if (jobs_.find(id) == nullptr) keys.push_back(number_key(id));
  if (keys.size() < 2) return;
  auto view = committed();
  if (!view) return;
  const auto rows = (*view)->get_many(Table::jobs, keys);
  if (!rows) return;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!(*rows)[i]) continue;
    auto row = decode_row<JobRow>(Table::jobs, keys[i], *(*rows)[i]);
    if (row) jobs_.mark_changed(jobs_.insert(ActiveJob{std::move(*row), nullptr, false, std::nullopt, 0, 0}), number_);
  }
}

/// One that has ended has let go of its unique key, and is not heard of again.
void QueueCore::due_has_come(ActiveJob& job) {
  if (is_terminal(job.row.status))
    jobs_.mark_changed(job, number_);
  else
    job_changed(job.row.id);
}

bool QueueCore::make_due(Append& append, const Moment& now) {
  if (!may_step()) return false;
  JobsDue due{take_due(now)};
  if (due.jobs.empty()) return false;
  last_step_ = number_;
  const std::vector<JobId> ids = due.jobs;
  const Context context{append, own_principal, now};
  if (emit(context, std::move(due)))
    for (const JobId id : ids) {
      ActiveJob& job = *jobs_.find(id);
      if (job.row.is_ready() && !is_terminal(lanes_.at(job.row.campaign).row.status)) make_ready(job);
    }
  if (holds()) return ids.size() >= due_per_turn;
  append = Append{};
  return false;
}

std::optional<SteadyTime> QueueCore::next_wake(const Moment& now) const {
  std::optional<SteadyTime> next;
  const auto consider = [&](SteadyTime at) { next = next ? std::min(*next, at) : at; };
  const SteadyTime next_step = last_step_ <= committed_ ? now.steady : now.steady + step_is_committed;
  const auto consider_step = [&](SteadyTime at) { consider(std::max(at, next_step)); };
  if (const auto expiry = jobs_.next_expiry()) consider_step(expiry->at);
  if (const auto freed = meter_.next_freed(); freed && watches_ready_) consider(*freed);
  if (const auto freed = rollout_gate_.next_freed(); freed && watches_ready_) consider(*freed);
  if (rollout_gate_.runs())
    consider_step(std::max(held_ ? now.steady + read_again : now.steady, rollout_gate_.ends_at()));
  if (const auto late = jobs_.next_late()) consider(late->at);
  for (const auto& [id, command] : job_commands_)
    consider(command.number <= committed_ ? now.steady : now.steady + step_is_committed);
  const SteadyTime now_or_later = held_ ? now.steady + read_again : now.steady;  // nothing expires while it is held
  if (held_walk_ && !queue_.paused)
    consider_step(held_walk_->number <= committed_ ? now_or_later : now.steady + step_is_committed);
  if (const auto due = schedules_.next_due(); due && !queue_.paused)
    consider_step(now_or_later + std::clamp<SteadyTime::duration>(*due - now.wall, {}, wall_clock_check));
  if (const auto end = schedules_.next_wait_end(); end && !queue_.paused) consider_step(std::max(now_or_later, *end));
  if (times_walk_ && !queue_.paused) consider_step(std::max(now_or_later, times_walk_->at));
  for (const DueClock clock : {DueClock::wall, DueClock::queue, DueClock::deadline}) {
    const DueJobs& due = due_[static_cast<std::size_t>(clock)];
    if (due.wants_refill()) consider(now.steady + read_again);
    const auto job = due.front();
    if (!job || (clock != DueClock::wall && queue_.paused)) continue;
    const auto wait = std::max(job->first - now_of(clock, now), Duration{0});
    if (clock == DueClock::deadline)
      consider_step(now_or_later + wait);
    else if (clock == DueClock::wall)
      consider_step(now.steady + std::min<SteadyTime::duration>(wait, wall_clock_check));
    else
      consider_step(now.steady + wait);
  }
  return next;
}

}  // namespace breakerd
