#include <breakerd/actors/queue/queue_core.hpp>

#include <algorithm>

#include <breakerd/events/rules/append.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/pause_reason.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/events/rules/triage.hpp>
#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

constexpr std::size_t idle_lanes_max = 8'192;
constexpr std::size_t expiries_per_turn = 250;  ///< few enough that a lease behind them does not wait for long
constexpr std::size_t damaged_max = 1'000'000;  ///< more are told of again and again
const std::string own_principal = "breakerd";

}  // namespace

Result<void> QueueCore::load(const Moment& now) {
  remember_runs();
  lanes_.clear();
  jobs_.clear();
  key_holders_.clear();
  lease_times_.clear();
  turns_.clear();
  grants_.clear();
  broken_ = false;
  follow_up_ = {};
  interruption_ = {};
  interruption_.everywhere = true;  // which jobs are waited for is not known any more
  first_leases_.clear();
  ended_.forget_undecided();
  ready_.clear();
  ready_later_.clear();
  left_on_disk_ = 0;
  unreadable_.reset();
  number_ = committed_ = last_step_ = 0;  // submissions are counted anew too
  view_.reset();
  auto view = committed();
  if (!view) return view.error();
  auto queue = read_queue(**view);
  if (!queue) return queue.error();
  auto breaker = read_breaker(**view);
  if (!breaker) return breaker.error();
  run_queue_time(now);  // with the pause or resume that was decided last
  queue_ = std::move(*queue);
  breaker_ = std::move(*breaker);
  correct_queue_time(now);
  load_rollout(now);
  if (auto ok = load_limits(now); !ok) return ok.error();
  for (DueJobs& due : due_) due.clear();
  if (auto ok = load_held(); !ok) return ok.error();
  if (auto ok = refill_due(); !ok) return ok.error();
  if (auto ok = load_job_commands(); !ok) return ok.error();
  if (auto ok = load_job_types(); !ok) return ok.error();
  if (auto ok = load_schedules(now); !ok) return ok.error();

  Result<void> outcome;
  auto listed = (*view)->scan(Table::open_lanes, {}, {}, [&](std::string_view key, std::string_view value) {
    auto classes = decode_classes(value);
    if (!classes) return outcome = classes.error(), false;
    turns_.list(read_uuid(key.substr(8)), read_big_endian(key), std::move(*classes));
    return true;
  });
  if (!listed) return listed.error();
  if (!outcome) return outcome.error();
  auto leased = scan_jobs(**view, Table::leases, {}, 0, [&](JobId id) {
    auto job = find_job(id);
    if (!job) return outcome = job.error(), false;
    keep_lease(**job, now, false);
    (*job)->unheard = true;
    take_over_run(**job, now);
    return true;
  });
  if (!leased) return leased.error();
  if (!outcome) return outcome.error();
  known_runs_.clear();
  auto default_lane = find_lane(LaneId{});
  if (!default_lane && default_lane.error().code == ErrorCode::not_found) {
    lanes_[LaneId{}].row.status = CampaignStatus::running;  // an empty log
  } else if (!default_lane) {
    return default_lane.error();
  }
  lane_changed(LaneId{});
  count_load();
  for (const JobHold& hold : queue_.job_holds)
    if (hold.is_on_campaign()) relist(hold.campaign);
  show_limits(now);
  view_.reset();
  return {};
}

void QueueCore::begin_turn(const Moment& now, std::uint64_t number, std::uint64_t committed, const LateCommit& late,
                           bool held) {
  run_queue_time(now);
  moment_ = now;
  held_ = held;
  number_ = number;
  committed_ = committed;
  ended_.settle(committed);
  begin_late_leases(committed, late);
  jobs_.prune(committed);
  key_holders_.prune(committed);
  if (lanes_.size() > idle_lanes_max) drop_idle_lanes(committed);
  note_freed(now);
}

/// A worker has its lease when the grant is durable. After a commit that took long, the period begins then.
void QueueCore::begin_late_leases(std::uint64_t committed, const LateCommit& late) {
  for (; !grants_.empty() && grants_.front().number <= committed; grants_.pop_front()) {
    const UnansweredGrant& grant = grants_.front();
    if (grant.number > late.number || late.at - grant.at.steady < late_commit) continue;
    ActiveJob* job = jobs_.find(grant.job);
    if (job == nullptr || !job->expires || job->changed_in != grant.number) continue;
    const Moment begun{grant.at.wall + std::chrono::duration_cast<Duration>(late.at - grant.at.steady), late.at};
    keep_lease(*job, begun, false);
    begin_run(*job, begun);
  }
}

/// The half that was changed_in last stays, so that most of the work goes on as it was.
void QueueCore::drop_idle_lanes(std::uint64_t committed) {
  std::vector<std::uint64_t> changed_in;
  for (const auto& [id, lane] : lanes_) changed_in.push_back(lane.changed_in);
  const auto middle = changed_in.begin() + static_cast<std::ptrdiff_t>(changed_in.size() / 2);
  std::nth_element(changed_in.begin(), middle, changed_in.end());
  for (auto at = lanes_.begin(); at != lanes_.end();) {
    Lane& lane = at->second;
    if (at->first.is_nil() || lane.changed_in > std::min(committed, *middle)) {
      ++at;
      continue;
    }
    empty_windows(lane);
    at = lanes_.erase(at);
  }
}

/// Lets go of the lane's waiting jobs; those that are not committed yet stay among the active ones until they are.
void QueueCore::empty_windows(Lane& lane) {
  for (auto& [job_class, window] : lane.windows)
    for (auto place = window.front(); place; place = window.front()) {
      window.pop_front();
      ActiveJob* job = jobs_.find(place->job());
      if (job == nullptr || !job->windowed) continue;
      jobs_.set_windowed(*job, false);
      jobs_.mark_changed(*job, job->changed_in);
    }
  lane.windows.clear();
}

Result<const ReadView*> QueueCore::committed() {
  if (!view_) {
    auto view = log_.view();
    if (!view) return remember_unreadable(view.error());
    view_ = std::move(*view);
  }
  return view_.get();
}

Error QueueCore::remember_unreadable(Error error) {
  if (error.code == ErrorCode::corrupt || error.code == ErrorCode::storage) unreadable_ = error;
  return error;
}

Result<ActiveJob*> QueueCore::find_job(JobId id) {
  if (ActiveJob* job = jobs_.find(id)) return job;
  auto view = committed();
  if (!view) return view.error();
  auto row = read_row<JobRow>(**view, Table::jobs, number_key(id));
  if (!row) return remember_unreadable(row.error());
  if (!*row) return not_found("job " + std::to_string(id));
  ActiveJob& job = jobs_.insert(ActiveJob{std::move(**row), nullptr, false, std::nullopt, 0, 0});
  jobs_.mark_changed(job, number_);  // goes with this turn's commit unless something keeps it
  return &job;
}

/// The lane is read before anything is decided of its job: what cannot be read then is told, and changes nothing.
ActiveJob* QueueCore::find_undamaged(JobId id) {
  const bool was_told = damaged_.contains(id);
  auto told_before = unreadable_;
  auto job = find_job(id);
  const auto lane = job ? find_lane((*job)->row.campaign) : Result<Lane*>{job.error()};
  if (lane) {
    if (was_told) damaged_.erase(id);
    return *job;
  }
  if (was_told)
    unreadable_ = std::move(told_before);
  else if (lane.error().code == ErrorCode::corrupt && damaged_.size() < damaged_max)
    damaged_.insert(id);
  return nullptr;
}

Result<Lane*> QueueCore::find_lane(const LaneId& id) {
  if (const auto at = lanes_.find(id); at != lanes_.end()) return &at->second;
  auto view = committed();
  if (!view) return view.error();
  auto row = read_row<LaneRow>(**view, Table::lanes, uuid_key(id));
  if (!row) return remember_unreadable(row.error());
  if (!*row) return not_found("campaign " + id.to_string());
  Lane lane;
  lane.row = std::move(**row);
  for (const ClassCount& one : lane.row.classes) lane.unread.insert(one.of);
  return &lanes_.emplace(id, std::move(lane)).first->second;
}

Result<JobRow*> QueueCore::job(JobId id) {
  auto job = find_job(id);
  if (!job) return job.error();
  return &(*job)->row;
}

Result<LaneRow*> QueueCore::lane(const LaneId& id) {
  auto lane = find_lane(id);
  if (!lane && lane.error().code == ErrorCode::not_found) return nullptr;
  if (!lane) return lane.error();
  return &(*lane)->row;
}

Result<CampaignRow*> QueueCore::campaign(const CampaignId&) { return &cold_row_; }

void QueueCore::add_campaign(const CampaignId& id, const CampaignRow&, const LaneRow& row) {
  Lane lane;
  lane.row = row;
  lanes_.insert_or_assign(id, std::move(lane));
}

Window& QueueCore::window_of(Lane& lane, const auto& job) {
  const auto at = lane.windows.find(job);
  if (at != lane.windows.end()) return at->second;
  Window window = lane.unread.contains(job) ? Window::unread() : Window::empty();
  return lane.windows.emplace(JobClass{job.job_type, job.service}, std::move(window)).first->second;
}
template Window& QueueCore::window_of(Lane& lane, const JobClass& job);
template Window& QueueCore::window_of(Lane& lane, const JobSpec& job);

Result<void> QueueCore::emit(const Context& context, EventData data, int cause_index) {
  const std::size_t cause = context.append.events.size();
  if (auto ok = emit_in_step(context, std::move(data), cause_index); !ok) return ok;
  return pass_canary(context, cause);
}

Result<void> QueueCore::emit_in_step(const Context& context, EventData data, int cause_index) {
  add_needs(context.append, data);
  const std::size_t cause = context.append.events.size();
  if (auto ok = place(context, std::move(data), cause_index); !ok) return ok;
  const EventData& placed = context.append.events[cause].data;
  for (EventData& event : consequences_of(placed, queue_, lane_of(placed), context.principal))
    if (auto ok = place(context, std::move(event), static_cast<int>(cause)); !ok) return ok;
  return {};
}

const LaneRow* QueueCore::lane_of(const EventData& event) const {
  const auto id = lane_wanted(event);
  if (!id) return nullptr;
  const auto at = lanes_.find(*id);
  return at == lanes_.end() ? nullptr : &at->second.row;
}

void QueueCore::add_needs(Append& append, const EventData& event) {
  const Needs needs = needs_of(event, lane_of(event));
  const auto is_fence = [](const Precondition& one) { return std::holds_alternative<ClosedIn>(one); };
  if (needs.closed_circuit && std::none_of(append.preconditions.begin(), append.preconditions.end(), is_fence))
    append.preconditions.emplace_back(ClosedIn{breaker_.epoch});
  if (needs.campaign) append.preconditions.emplace_back(*needs.campaign);
}

Result<void> QueueCore::place(const Context& context, EventData data, int cause_index) {
  Event event{std::move(data), context.principal, context.now.wall, 0, cause_index};
  const std::vector<JobId> paused = ends_pause(event.data) ? paused_runs() : std::vector<JobId>{};
  if (auto ok = fold(*this, 0, event); !ok) {
    broken_ = true;
    if (ok.error().code == ErrorCode::misfit)
      warnings_.push_back("the rules refuse what was decided, and the queue is read again from the log: " +
                          ok.error().detail);
    return ok.error();
  }
  const Stream stream = stream_of(event.data);
  if (stream.kind == StreamKind::campaign) {
    lane_changed(stream.campaign);
    Lane& lane = lanes_.at(stream.campaign);
    lane.ended_at = is_terminal(lane.row.status) ? event.time : no_time;
    const bool is_cut = lane.row.status == CampaignStatus::failed || lane.row.status == CampaignStatus::cancelled;
    if (!meter_.empty() && is_cut) uncount_leases_of(stream.campaign);
  }
  if (stream.kind == StreamKind::job && !std::holds_alternative<JobEnqueued>(event.data)) job_changed(stream.job);
  if (const auto* due = std::get_if<JobsDue>(&event.data))
    for (const JobId id : due->jobs) due_has_come(*jobs_.find(id));
  note_deadlines(event.data);
  note_schedules(event.data);
  note_rollout(event.data);
  const Stops stops = stops_of(event.data);
  if (stops.everywhere) interruption_.everywhere = true;
  if (stops.campaign) interruption_.campaigns.push_back(*stops.campaign);
  if (!paused.empty()) restart_runs(paused, context.now);
  if (watches_ready_) note_ready(event.data);
  context.append.events.push_back(std::move(event));
  return {};
}

/// After an event of a job that existed before.
void QueueCore::job_changed(JobId id) {
  ActiveJob& job = *jobs_.find(id);
  jobs_.mark_changed(job, number_);
  if (is_terminal(job.row.status) && job.row.due.exists()) set_due(job.row);  // it keeps its unique key until then
  if (is_terminal(job.row.status) && !job.row.discarded) ended_.add(number_, job.row.campaign);
  if (job.row.status != JobStatus::processing) end_lease(job);
  // A parked one may come back, so its place goes even when it is not in memory for its window's sake.
  if ((job.windowed && !job.row.is_ready()) || job.row.is_parked()) {
    window_of(lanes_.at(job.row.campaign), job.row).erase({job.row.priority, id});
    jobs_.set_windowed(job, false);
  }
  lane_changed(job.row.campaign);
}

/// After any event that may have changed a lane: keeps the order of turns and forgets windows of classes that are gone.
void QueueCore::lane_changed(const LaneId& id) {
  Lane& lane = lanes_.at(id);
  lane.changed_in = number_;
  static const std::vector<ClassCount> none;
  const bool has_turns =
      lane.row.status == CampaignStatus::running && !queue_.has_hold_on(id) && meter_.allows(id, moment_.steady);
  turns_.list(id, id.is_nil() ? default_lane_turn : lane.row.started, has_turns ? lane.row.classes : none);
  if (is_terminal(lane.row.status)) {
    empty_windows(lane);
    lane.unread.clear();
  } else if (lane.windows.size() > 2 * lane.row.classes.size() + 8) {
    std::erase_if(lane.windows, [&](const auto& entry) {
      const bool waiting = has_class(lane.row, entry.first.job_type, entry.first.service);
      if (!waiting) lane.unread.erase(entry.first);
      return !waiting;
    });
  }
}

Time QueueCore::keep_lease(ActiveJob& job, const Moment& now, bool is_heard) {
  const std::chrono::milliseconds period{job.row.lease_ms};
  const Time expires = now.wall + period;
  jobs_.set_lease(job, now.steady + period);
  lease_times_.set(job.row, expires, is_heard ? now.wall : no_time);
  return expires;
}

void QueueCore::hear(ActiveJob& job, Time expires, const Moment& now) {
  job.unheard = false;
  lease_times_.set(job.row, expires, now.wall);
}

void QueueCore::end_lease(ActiveJob& job) {
  if (!job.expires) return;
  uncount_lease(job);
  jobs_.end_lease(job);
  lease_times_.end(job.row.id);
  if (std::exchange(job.waited_for, false)) interruption_.jobs.push_back({job.row.campaign, job.row.id});
}

/// Puts a pending job where the dispatcher finds it, now or when its time has come.
void QueueCore::make_ready(ActiveJob& job) {
  set_deadline_of(job.row);
  if (job.row.is_scheduled()) return set_due(job.row);
  Lane& lane = lanes_.at(job.row.campaign);
  const bool kept = insert_ready(window_of(lane, job.row), job.row, jobs_.has_room());
  if (kept) jobs_.set_windowed(job, true);
  note_ready(job.row.job_type, kept);
}

bool QueueCore::insert_ready(Window& window, const JobRow& row, bool there_is_room,
                             const std::optional<Submissions>& log) {
  std::optional<JobId> pushed_out;
  const bool kept = window.insert({row.priority, row.id}, there_is_room, log, &pushed_out);
  if (pushed_out) left_on_disk_ = number_;
  ActiveJob* job = pushed_out ? jobs_.find(*pushed_out) : nullptr;
  if (job != nullptr && job->windowed) {
    jobs_.set_windowed(*job, false);
    jobs_.mark_changed(*job, job->changed_in);
  }
  return kept;
}

Result<JobSpecPtr> QueueCore::read_spec_of(const ActiveJob& job, MissingPayload missing) {
  auto view = committed();
  if (!view) return view.error();
  auto spec = read_spec(**view, job.row, missing);
  if (!spec) return remember_unreadable(spec.error());
  return spec;
}

Result<void> QueueCore::need_spec(ActiveJob& job) {
  if (job.spec) return {};
  auto spec = read_spec_of(job, MissingPayload::is_damage);
  if (!spec) return spec.error();
  job.spec = std::move(*spec);
  return {};
}

Result<JobSpecPtr> QueueCore::spec_to_show(const ActiveJob& job) {
  return job.spec ? Result<JobSpecPtr>{job.spec} : read_spec_of(job, MissingPayload::is_null);
}

Outcome QueueCore::show(const ActiveJob& job, JobSpecPtr spec) {
  JobView shown = view_of(job.row, std::move(spec));
  if (shown.status == JobStatus::cancelled &&
      !is_terminal(job.row.status)) {  // by its campaign's end, which wrote no row
    auto ended_at = end_of_campaign(job.row.campaign);
    if (!ended_at) return ended_at.error();
    shown.row.updated_at = shown.row.finished_at = *ended_at;
  }
  Outcome outcome{Reply{}};
  outcome->emplace<JobView>(std::move(shown));  // not Reply{...}: GCC 12 warns of the end of a Reply moved from here
  return outcome;
}

/// One that ended before its lane was read ended before now, so its row is committed.
Result<Time> QueueCore::end_of_campaign(const CampaignId& id) {
  Lane& lane = lanes_.at(id);
  if (lane.ended_at == no_time) {
    auto view = committed();
    if (!view) return view.error();
    auto row = read_row<CampaignRow>(**view, Table::campaigns, uuid_key(id));
    if (!row) return remember_unreadable(row.error());
    if (*row) lane.ended_at = (*row)->finished_at;
  }
  return lane.ended_at;
}

JobView QueueCore::view_of(const JobRow& row, JobSpecPtr spec) const {
  const LaneRow& lane = lanes_.at(row.campaign).row;
  JobView job{row, std::move(spec), shown_status(row, lane, queue_), {}};
  if (!is_terminal(job.status)) {
    job.next_attempt_at = next_attempt_at(row, queue_);
    job.expires_at = shown_deadline({row, lane, queue_});
  }
  if (job.status == JobStatus::paused)
    job.pause_reason = row.is_parked() ? parked_reason(row.parked) : pause_reason(lane, queue_, breaker_, nullptr);
  return job;
}

/// Whether the rules accept what was decided, as a whole append.
bool QueueCore::holds() {
  if (follow_up_.next != FollowUp::Next::any) broken_ = true;
  return !broken_;
}

/// What was decided before the rules refused a part of it must not reach the log: an append is kept whole or not at
/// all.
Error QueueCore::void_decision(Append& append) {
  append = Append{};
  return make_error(ErrorCode::unavailable,
                    "the queue's state is being read back from the log: nothing was done, ask again");
}

bool QueueCore::expire(Append& append, const Moment& now) {
  if (!may_step()) return false;
  const Context context{append, own_principal, now};
  for (std::size_t i = 0; i < expiries_per_turn; ++i) {
    const auto next = jobs_.next_expiry();
    if (!next || next->at > now.steady) return false;
    ActiveJob& job = *jobs_.find(next->job);
    if (job.changed_in > committed_) {  // its worker does not have it yet: the period begins when the grant is durable
      keep_lease(job, now, false);
      begin_run(job, now);
      continue;
    }
    const bool late = job.late_at && *job.late_at <= next->at;  // when its lease ended, and not when that is noticed
    end_lease(job);
    jobs_.mark_changed(job, number_);
    auto lane = find_lane(job.row.campaign);
    if (!lane) {
      broken_ = true;
      break;
    }
    if (!job.row.campaign.is_nil() && is_terminal((*lane)->row.status)) continue;  // the lease went with its campaign
    // What a worker may have said while nobody listened, or was refused, is not held against its job.
    const bool excused = job.unheard || held_;
    const JobContext about{job.row, (*lane)->row, queue_};
    last_step_ = number_;
    const bool is_over = !excused && times_out(about, breaker_.in_flight, late);
    EventData event = is_over ? end_late_run(about, job) : decide_expiry(about, excused);
    if (auto ok = emit(context, std::move(event)); !ok) break;
    if (job.row.status == JobStatus::pending) make_ready(job);
  }
  if (holds()) return true;
  append = Append{};
  return false;
}

std::optional<SteadyTime> QueueCore::next_expiry() const {
  const auto next = jobs_.next_expiry();
  if (!next) return std::nullopt;
  return next->at;
}

}  // namespace breakerd
