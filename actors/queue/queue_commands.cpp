// The queue's commands (queue_core.hpp): reading what is there, asking the rules, laying the events over it.

#include <algorithm>
#include <set>
#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>
#include <breakerd/events/rules/job.hpp>
#include <breakerd/events/rules/job_types.hpp>
#include <breakerd/events/rules/queue.hpp>
#include <breakerd/storage/tables/row_read.hpp>

namespace breakerd {
namespace {

/// How much of specs is read at once when the next job is not in memory.
constexpr std::size_t read_ahead_bytes = 256 << 10;

/// An error about one element of a batch names it.
Error in_batch(Error error, std::size_t i) {
  const std::string place = '[' + std::to_string(i) + ']';
  error.detail = place + ": " + error.detail;
  for (FieldError& field : error.fields) field.field = place + "." + field.field;
  return error;
}

}  // namespace

void QueueCore::decide(Op& op, Append& append, const Moment& now) {
  const Context context{append, op.principal, now};
  op.outcome = std::visit([&](auto& command) { return run(context, command); }, op.command);
  if (!holds()) op.outcome = void_decision(append);
}

template <class Other>
Outcome QueueCore::run(const Context&, const Other&) {
  return make_error(ErrorCode::invalid, "this command is not one of the queue's");
}

// --- enqueueing ---

Result<JobEnqueued> QueueCore::decide_new(JobSpec&& spec, JobId id, const Moment& now) {
  set_times(spec, now.wall);
  // By the log's count, so that the time that is shown is the one that was asked for.
  if (auto ok = set_deadline(spec, now.wall, queue_.queue_time(now.wall)); !ok) return ok.error();
  fill_in(spec, find_job_type(spec.job_type));
  auto lane = find_lane(spec.campaign);
  if (!lane) return lane.error();
  auto event = decide_enqueue((*lane)->row, id, std::make_shared<const JobSpec>(std::move(spec)));
  if (event && !event->spec->payload.empty()) event->payload.salt = random_.salt();
  return event;
}

/// The job is in memory when there is room for it; and else until it is committed, when something may be read past it
/// before.
Result<void> QueueCore::enqueue(const Context& context, JobEnqueued event, int cause_index) {
  JobSpecPtr spec = event.spec;
  // The window may have to look for jobs on disk: it is made before this one counts.
  Window& window = window_of(lanes_.at(spec->campaign), *spec);
  const bool overtakes = window.may_overtake({spec->priority, event.job});
  if (auto ok = emit(context, std::move(event), cause_index); !ok) return ok.error();
  const bool is_scheduled = new_job_.is_scheduled();
  const auto log = overtakes ? std::nullopt : std::optional{submissions()};
  const bool has_room = !is_scheduled && insert_ready(window, new_job_, jobs_.has_room(), log);
  if (!is_scheduled) note_ready(new_job_.job_type, has_room);
  if (has_room || is_scheduled || overtakes || !spec->unique_key.empty() || new_job_.deadline.exists()) {
    ActiveJob& job = jobs_.insert(ActiveJob{new_job_, std::move(spec), false, std::nullopt, 0, 0});
    jobs_.set_windowed(job, has_room);
    jobs_.mark_changed(job, number_);
  }
  if (is_scheduled) set_due(new_job_);
  set_deadline_of(new_job_);
  lane_changed(new_job_.campaign);
  return {};
}

Outcome QueueCore::run(const Context& context, EnqueueJob& command) {
  const JobId id = queue_.last_job + 1;
  KeysOfBatch keys;
  auto admission = admit(command.spec, id, keys, context.append);
  if (!admission) return admission.error();
  if (admission->existing != 0) return show_existing(admission->existing);
  auto event = decide_new(std::move(command.spec), id, context.now);
  if (!event) return event.error();
  JobSpecPtr spec = event->spec;
  if (admission->replaces != 0)
    if (auto ok = cancel_replaced(context, admission->replaces, id); !ok) return ok.error();
  if (auto ok = enqueue(context, std::move(*event)); !ok) return ok.error();
  return Reply{view_of(new_job_, std::move(spec))};
}

Outcome QueueCore::show_existing(JobId id) {
  const ActiveJob& job = *jobs_.find(id);
  auto spec = spec_to_show(job);
  if (!spec) return spec.error();
  Outcome shown = show(job, std::move(*spec));
  if (shown) std::get<JobView>(*shown).is_existing = true;
  return shown;
}

Outcome QueueCore::run(const Context& context, EnqueueJobs& command) {
  EnqueuedBatch batch;
  std::vector<JobEnqueued> events;
  std::vector<JobId> replaced;  // by each event; 0: none
  events.reserve(command.specs.size());
  const bool has_keys = std::any_of(command.specs.begin(), command.specs.end(),
                                    [](const JobSpec& spec) { return !spec.unique_key.empty(); });
  KeysOfBatch keys;
  for (std::size_t i = 0; i < command.specs.size(); ++i) {
    const JobId id = queue_.last_job + 1 + events.size();
    auto admission = admit(command.specs[i], id, keys, context.append);
    if (!admission) return in_batch(admission.error(), i);
    const bool is_new = admission->existing == 0;
    if (has_keys) batch.items.push_back({is_new ? id : admission->existing, is_new});
    if (!is_new) continue;
    auto event = decide_new(std::move(command.specs[i]), id, context.now);
    if (!event) return in_batch(event.error(), i);
    events.push_back(std::move(*event));
    if (has_keys) replaced.push_back(admission->replaces);
  }
  if (events.empty()) return Reply{std::move(batch)};
  if (auto ok = check_classes(events); !ok) return ok.error();
  batch.count = events.size();
  batch.first_id = events.front().job;
  batch.last_id = events.back().job;
  context.append.events.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (has_keys && replaced[i] != 0)
      if (auto ok = cancel_replaced(context, replaced[i], events[i].job); !ok) return ok.error();
    if (auto ok = enqueue(context, std::move(events[i])); !ok) return ok.error();
  }
  return Reply{std::move(batch)};
}

/// decide_enqueue() looked at each job alone; together they may bring too many new classes.
Result<void> QueueCore::check_classes(const std::vector<JobEnqueued>& events) {
  std::map<LaneId, JobClasses> classes;
  for (const JobEnqueued& event : events)
    classes[event.spec->campaign].emplace(event.spec->job_type, event.spec->service);
  for (auto& [id, names] : classes)
    if (auto ok = check_job_classes(lanes_.at(id).row, std::move(names)); !ok) return ok;
  return {};
}

// --- leasing ---

/// Reads on from disk. What is on disk may be behind what is decided: jobs that were leased since are left out, and
/// jobs that came back since are put in, because the horizon has gone past them.
Result<void> QueueCore::refill(const LaneId& id, const JobClass& job_class, Window& window) {
  auto view = committed();
  if (!view) return view.error();
  auto read = window.refill(**view, id, job_class, submissions(), [this](JobId job_id) {
    const ActiveJob* job = jobs_.find(job_id);
    return job != nullptr && (!job->row.is_ready() || is_overdue(*job));
  });
  if (!read) return remember_unreadable(read.error());
  if (!*read) return {};
  jobs_.each_uncommitted([&](ActiveJob& job) {
    const JobRow& row = job.row;
    if (!row.is_ready() || row.campaign != id || row.job_type != job_class.job_type || row.service != job_class.service)
      return;
    if (is_overdue(job)) return;  // it expires
    jobs_.set_windowed(job, insert_ready(window, row, true));
  });
  return {};
}

/// The window with the lane's next job, null when it has none that can be leased now.
Result<Window*> QueueCore::find_ready(const LaneId& id, Lane& lane, const std::vector<std::string>& types,
                                      const Moment& now) {
  if (!meter_.allows(id, now.steady)) return nullptr;
  const Leasable leasable{queue_, meter_, now.steady};
  Window* best = nullptr;
  for (const ClassCount& one : lane.row.classes) {
    if (one.ready == 0) continue;
    if (!types.empty() && std::find(types.begin(), types.end(), one.of.job_type) == types.end()) continue;
    if (!queue_.job_holds.empty() && queue_.job_hold_on(one.of, id) != nullptr) continue;
    if (!leasable.has(one.of)) continue;
    Window& window = window_of(lane, one.of);
    if (auto ok = refill(id, one.of, window); !ok) return ok.error();
    if (window.front() && (best == nullptr || *window.front() < *best->front())) best = &window;
  }
  return best;
}

/// Reads the next jobs of a window that are not in memory, all at once, and some of those behind them. What cannot be
/// read is met again, one by one.
void QueueCore::read_ahead(Window& window, std::size_t count) {
  std::vector<std::string> keys;
  for (const JobId id : window.next_to_read(count, jobs_.room_for_jobs()))
    if (jobs_.find(id) == nullptr) keys.push_back(number_key(id));
  auto view = committed();
  if (!view) return;
  auto jobs = read_jobs(**view, keys, read_ahead_bytes);
  if (!jobs) return;
  std::size_t kept = 0;
  for (auto& [row, spec] : *jobs) {
    ActiveJob& job = jobs_.insert(ActiveJob{std::move(row), std::move(spec), false, std::nullopt, 0, 0});
    jobs_.mark_changed(job, number_);  // goes with this turn's commit unless something keeps it
    if (!job.row.is_ready()) {         // it ended while it waited in the window
      window.erase({job.row.priority, job.row.id});
    } else if (jobs_.has_room()) {
      jobs_.set_windowed(job, true);
      ++kept;
    }
  }
  window.set_kept(kept);
}

Result<void> QueueCore::lease_from(const Context& context, const LeaseJobs& command, const LaneId& id,
                                   std::size_t jobs_max, LeaseRoom& room, LeaseAnswer& answer) {
  auto lane = find_lane(id);
  if (!lane) return lane.error();
  while (jobs_max > 0 && room.jobs > 0) {
    auto window = find_ready(id, **lane, command.job_types, context.now);
    if (!window) return window.error();
    if (*window == nullptr) return {};
    const ReadyPlace first = *(*window)->front();
    if (jobs_.find(first.job()) == nullptr) read_ahead(**window, std::min(jobs_max, room.jobs));
    if ((*window)->front() != first) continue;  // it has ended; the next one may be of another class
    auto found = find_job(first.job());
    if (!found) return found.error();
    ActiveJob& job = **found;
    const bool is_over = !job.row.is_ready() || is_overdue(job);  // it ended while it waited in the window, or is to
    const PlanVerb verb = is_over ? PlanVerb::release : planned_for(job);
    const bool is_planned = verb != PlanVerb::release;
    if (is_planned && room.planned == 0) {
      leave_planned();
      room.jobs = 0;
      return {};
    }
    if (!is_over && !is_planned)
      if (auto ok = need_spec(job); !ok) return ok.error();
    (*window)->pop_front();  // only now: a job that could not be read keeps its place
    jobs_.set_windowed(job, false);
    if (is_over) {
      jobs_.mark_changed(job, job.changed_in);
      continue;
    }
    if (is_planned) {
      --room.planned;
      if (auto ok = carry_out(context, running_plan()->next, 0, {{&job, verb}}); !ok) return ok.error();
      continue;
    }
    std::string token = random_.token();
    if (auto ok = emit(context, decide_lease(job.row, command.worker, command.lease_ms, digest_token(token))); !ok)
      return ok.error();
    const Time expires = keep_lease(job, context.now);
    count_lease(job, context.now);
    begin_run(job, context.now);
    grants_.push_back({number_, job.row.id, context.now});
    if (!std::exchange((*lane)->is_awake, true)) first_leases_.push_back(id);
    answer.jobs.push_back(
        {JobView{job.row, job.spec, JobStatus::processing, {}}, std::move(token), job.row.attempts + 1, expires});
    --jobs_max;
    --room.jobs;
    const std::size_t bytes = job.spec->payload.size() + job.spec->name.size() + job.spec->job_type.size();
    room.bytes -= std::min(room.bytes, bytes);
    if (room.bytes == 0) room.jobs = 0;
  }
  return {};
}

Outcome QueueCore::run(const Context& context, const LeaseJobs& command) {
  LeaseAnswer answer = begin_lease(context.append);
  Ordinal idle_since = 0;  // the first lane visited in vain since the last job was found; turns start at 1
  const std::size_t allowed = rollout_room(context.now);
  LeaseRoom room{std::min<std::size_t>(command.max, allowed), limits::lease_payload_bytes_max};
  Round& round = rounds_.of(command.job_types);
  while (!answer.paused && room.jobs > 0) {
    const auto turn = turns_.next(round.behind(), {queue_, meter_, context.now.steady}, command.job_types);
    if (!turn || turn->turn == idle_since) break;
    auto lane = find_lane(turn->lane);
    if (!lane && answer.jobs.empty()) return lane.error();
    if (!lane) break;
    round.take(turn->turn, (*lane)->row.weight);
    const std::size_t before = answer.jobs.size();
    auto ok = lease_from(context, command, turn->lane, jobs_per_turn, room, answer);
    if (!ok && answer.jobs.empty()) return ok.error();
    if (!ok) break;  // what was granted is answered; the next lease meets the error again
    if (answer.jobs.size() > before) {
      idle_since = 0;
      continue;
    }
    round.end_turn();
    if (idle_since == 0) idle_since = turn->turn;
  }
  if (!answer.paused && allowed < command.max && answer.jobs.size() == allowed) rollout_gate_.deny();
  if (rollout_gate_.runs()) show_ramp(context.now);
  if (!meter_.empty()) show_limits(context.now);
  return Reply{std::move(answer)};
}

Outcome QueueCore::run(const Context& context, const Heartbeat& command) {
  auto job = find_job(command.job);
  if (!job) return job.error();
  auto lane = find_lane((*job)->row.campaign);
  if (!lane) return lane.error();
  const auto decision = decide_heartbeat({(*job)->row, (*lane)->row, queue_}, digest_token(command.token),
                                         breaker_.in_flight, is_late(**job, context.now));
  if (!decision) return decision.error();
  const JobRow& row = (*job)->row;
  HeartbeatAnswer answer{decision->stop, no_time, circuit(), row.campaign, row.lease_ms};
  if (decision->lives) {
    if (decision->extend && command.extends)
      answer.expires_at = keep_lease(**job, context.now);
    else
      answer.expires_at = lease_times_.find(row.id).value_or(no_time);
    if (!decision->extend && command.extends) hear(**job, answer.expires_at, context.now);
    if (decision->extend && command.wait_ms > 0) (*job)->waited_for = true;
    if (command.progress)
      lease_times_.set_progress(row.id, {command.progress->percent, command.progress->message, context.now.wall});
  }
  return Reply{answer};
}

// --- the ends of leases, and cancelling ---

Outcome QueueCore::change_job(const Context& context, JobId id, auto decide_one) {
  auto found = find_job(id);
  if (!found) return found.error();
  ActiveJob& job = **found;
  auto lane = find_lane(job.row.campaign);
  if (!lane) return lane.error();
  Result<std::optional<EventData>> event = decide_one(JobContext{job.row, (*lane)->row, queue_});
  if (!event) return event.error();
  auto spec = spec_to_show(job);
  if (!spec) return spec.error();
  if (!*event) return show(job, std::move(*spec));
  if (auto ok = emit(context, std::move(**event)); !ok) return ok.error();
  if (job.row.status == JobStatus::pending) make_ready(job);
  return show(job, std::move(*spec));
}

namespace {

/// The decisions differ in the event they give; here they are one type.
template <class Event>
Result<std::optional<EventData>> as_data(Result<Event>&& decision) {
  if (!decision) return decision.error();
  return std::optional<EventData>{std::move(*decision)};
}

}  // namespace

Outcome QueueCore::run(const Context& context, CompleteJob& command) {
  auto outcome = change_job(context, command.job, [&](const JobContext& job) {
    auto completed = decide_complete(job, digest_token(command.token), command.result);
    if (completed && !completed->result.empty()) completed->payload.salt = random_.salt();
    return as_data(std::move(completed));
  });
  if (outcome) std::get<JobView>(*outcome).result = std::move(command.result);
  return outcome;
}

Outcome QueueCore::run(const Context& context, const FailJob& command) {
  if (!command.service.empty()) return make_error(ErrorCode::invalid, "a service failure is the breaker's to decide");
  auto job = find_job(command.job);
  if (!job) return job.error();
  auto spec = spec_to_show(**job);
  if (!spec) return spec.error();
  const RetryContext retry{(*spec)->backoff.get(), queue_now_, random_.number()};
  return change_job(context, command.job, [&](const JobContext& context_of_job) {
    return as_data(decide_fail(context_of_job, digest_token(command.token), command, retry));
  });
}

Outcome QueueCore::run(const Context& context, const ReleaseJob& command) {
  return change_job(context, command.job, [&](const JobContext& job) -> Result<std::optional<EventData>> {
    auto released = decide_release(job, digest_token(command.token));
    if (!released) return released.error();
    const ActiveJob& active = *jobs_.find(command.job);
    if (!held_ && times_out(job, breaker_.in_flight, is_late(active, context.now)))
      return std::optional<EventData>{end_late_run(job, active)};
    return std::optional<EventData>{std::move(*released)};
  });
}

Outcome QueueCore::run(const Context& context, const CancelJob& command) {
  return change_job(context, command.job, [&](const JobContext& job) -> Result<std::optional<EventData>> {
    auto decision = decide_cancel(job, command.reason);
    if (!decision) return decision.error();
    if (!*decision) return std::optional<EventData>{};
    return std::optional<EventData>{std::move(**decision)};
  });
}

}  // namespace breakerd
