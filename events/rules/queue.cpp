#include <breakerd/events/rules/queue.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>

namespace breakerd {
namespace {

constexpr std::size_t index(auto status) { return static_cast<std::size_t>(status); }

/// Jobs that run or wait freely while the queue is not paused.
std::uint64_t free_jobs(const QueueState& state) {
  return state.default_lane.in_use() + state.created.in_use() + state.generations.back().jobs.in_use();
}

Error still_open(const std::string& what) {
  return make_error(ErrorCode::circuit_open, "the circuit breaker is open: close it before " + what);
}

/// Takes the hold at `i` away: the generations on its two sides become one.
void merge_generations(QueueState& state, std::size_t i) {
  Generation& into = state.generations[i + 1];
  into.campaigns += state.generations[i].campaigns;
  into.jobs += state.generations[i].jobs;
  into.paused_by_hand += state.generations[i].paused_by_hand;
  state.generations.erase(state.generations.begin() + static_cast<std::ptrdiff_t>(i));
  state.holds.erase(state.holds.begin() + static_cast<std::ptrdiff_t>(i));
}

std::optional<std::size_t> find_hold(const QueueState& state, HoldKind kind, const std::string& service) {
  for (std::size_t i = 0; i < state.holds.size(); ++i) {
    const Hold& hold = state.holds[i];
    if (hold.kind == kind && (kind == HoldKind::circuit || hold.service == service)) return i;
  }
  return std::nullopt;
}

/// The count a lane's live jobs are part of.
LiveJobs& live_jobs_of(QueueState& state, const LaneRow& lane, bool is_default_lane) {
  if (is_default_lane) return state.default_lane;
  if (lane.status == CampaignStatus::created) return state.created;
  if (lane.status == CampaignStatus::paused) return state.operator_paused;
  return state.generations[state.generation_of(lane.started)].jobs;
}

/// The count of its generation that a campaign is part of; null when it is in none.
std::uint64_t* counted_in(QueueState& state, const LaneRow& lane) {
  if (lane.status != CampaignStatus::running && lane.status != CampaignStatus::paused) return nullptr;
  Generation& generation = state.generations[state.generation_of(lane.started)];
  return lane.status == CampaignStatus::running ? &generation.campaigns : &generation.paused_by_hand;
}

/// The place of a class among those of a lane, or where it would be.
auto find_class(auto& classes, std::string_view job_type, std::string_view service) {
  return std::lower_bound(classes.begin(), classes.end(), job_type, [&](const ClassCount& count, std::string_view) {
    const int types = std::string_view{count.of.job_type}.compare(job_type);
    return types < 0 || (types == 0 && count.of.service < service);
  });
}

bool is_of(const ClassCount& count, std::string_view job_type, std::string_view service) {
  return count.of.job_type == job_type && count.of.service == service;
}

void count_pending(LaneRow& lane, const JobPlace& place, const JobRow& row, std::uint64_t by) {
  auto at = find_class(lane.classes, row.job_type, row.service);
  if (at == lane.classes.end() || !is_of(*at, row.job_type, row.service))
    at = lane.classes.insert(at, ClassCount{{row.job_type, row.service}});
  (place.is_parked ? at->parked : place.is_scheduled ? at->scheduled : at->ready) += by;
  if (at->ready == 0 && at->scheduled == 0 && at->parked == 0) lane.classes.erase(at);
}

/// `by` is 1, or minus_one.
void count_at(LiveJobs& live, LaneRow& lane, const JobPlace& place, const JobRow& row, std::uint64_t by) {
  lane.jobs[index(place.status)] += by;
  if (place.status == JobStatus::processing) live.processing += by;
  if (place.status != JobStatus::pending) return;
  live.pending += by;
  if (place.is_scheduled) live.scheduled += by;
  if (place.is_parked) live.parked += by;
  count_pending(lane, place, row, by);
}

constexpr std::uint64_t minus_one = ~std::uint64_t{0};

}  // namespace

PauseDecision decide_pause(const QueueState& state, const CircuitOpened& opening, const std::string& principal) {
  PauseDecision decision;
  decision.pause = {opening.epoch, free_jobs(state)};
  decision.hold = {state.last_ordinal + 1, HoldKind::circuit, opening.service, hold_cause(opening, principal),
                   state.generations.back().campaigns};
  return decision;
}

QueueResumed decide_resume(const QueueState& state, Epoch epoch) { return {epoch, free_jobs(state)}; }

Result<std::optional<HoldsLifted>> decide(const QueueState& state, const ResumeQueue& command) {
  if (state.paused) return still_open("resuming the queue");
  if (state.holds.empty()) return std::optional<HoldsLifted>{};
  HoldsLifted lifted;
  for (const Hold& hold : state.holds) lifted.ordinals.push_back(hold.ordinal);
  const Generation held = state.held();
  lifted.campaigns_resumed = held.campaigns;
  lifted.campaigns_skipped = state.campaigns[index(CampaignStatus::paused)];
  lifted.jobs_resumed = held.jobs.in_use();
  lifted.reason = command.reason;
  return std::optional<HoldsLifted>{std::move(lifted)};
}

Result<HoldPlaced> decide(const QueueState& state, const PauseCampaignsForService& command) {
  const bool replaces = find_hold(state, HoldKind::service, command.service).has_value();
  const auto services = static_cast<std::size_t>(std::count_if(
      state.holds.begin(), state.holds.end(), [](const Hold& hold) { return hold.kind == HoldKind::service; }));
  if (!replaces && services >= limits::service_holds_max)
    return make_error(ErrorCode::limit, "service_holds_max: no more than " + std::to_string(limits::service_holds_max) +
                                            " services can hold campaigns at a time; resume one first");
  return HoldPlaced{state.last_ordinal + 1, HoldKind::service, command.service,
                    "campaigns held for " + command.service + ": " + command.reason,
                    state.generations.back().campaigns};
}

Result<std::optional<HoldsLifted>> decide(const QueueState& state, const ResumeCampaignsForService& command) {
  if (state.paused) return still_open("resuming campaigns");
  const auto at = find_hold(state, HoldKind::service, command.service);
  if (!at) return std::optional<HoldsLifted>{};
  HoldsLifted lifted;
  lifted.ordinals.push_back(state.holds[*at].ordinal);
  std::uint64_t covered = 0;
  for (std::size_t i = 0; i <= *at; ++i)
    covered += state.generations[i].campaigns + state.generations[i].paused_by_hand;
  const bool is_newest = *at + 1 == state.holds.size();
  if (is_newest) {
    lifted.campaigns_resumed = state.generations[*at].campaigns;
    lifted.jobs_resumed = state.generations[*at].jobs.in_use();
  }
  lifted.campaigns_skipped = covered - lifted.campaigns_resumed;
  lifted.reason = command.reason;
  return std::optional<HoldsLifted>{std::move(lifted)};
}

void evolve(QueueState& state, const QueuePaused&, Time time) {
  set_queue_time(state, state.queue_time(time), time);
  state.paused = true;
  state.paused_at = time;
}

void evolve(QueueState& state, const QueueResumed&, Time time) {
  state.paused = false;
  state.paused_at = no_time;
  state.counted_at = time;
}

void set_queue_time(QueueState& state, Time queue_time, Time wall) {
  state.counted = queue_time;
  state.counted_at = wall;
}

void evolve(QueueState& state, const HoldPlaced& event, const std::string& principal, Time time) {
  const Time queue_now = state.queue_time(time);
  if (const auto old = find_hold(state, event.kind, event.service)) {
    remember(state, state.holds[*old], queue_now);
    merge_generations(state, *old);
  }
  state.holds.push_back({event.ordinal, event.kind, event.service, event.cause, principal, time, queue_now});
  state.generations.emplace_back();
  state.last_ordinal = event.ordinal;
}

void evolve(QueueState& state, const HoldsLifted& event, Time time) {
  for (std::size_t i = state.holds.size(); i-- > 0;) {
    if (std::find(event.ordinals.begin(), event.ordinals.end(), state.holds[i].ordinal) == event.ordinals.end())
      continue;
    remember(state, state.holds[i], state.queue_time(time));
    merge_generations(state, i);
  }
}

JobPlace place_of(const JobRow& row) { return {row.status, row.is_scheduled(), row.is_parked()}; }

void move_job(QueueState& state, LaneRow& lane, std::optional<JobPlace> from, const JobRow& row) {
  LiveJobs& live = live_jobs_of(state, lane, row.campaign.is_nil());
  if (from) count_at(live, lane, *from, row, minus_one);
  count_at(live, lane, place_of(row), row, 1);
  if (from && is_terminal(from->status)) --state.ended_jobs[index(from->status)];
  if (is_terminal(row.status)) ++state.ended_jobs[index(row.status)];
}

bool has_class(const LaneRow& lane, std::string_view job_type, std::string_view service) {
  const auto at = find_class(lane.classes, job_type, service);
  return at != lane.classes.end() && is_of(*at, job_type, service);
}

std::uint64_t ready_of(const LaneRow& lane, std::string_view job_type, std::string_view service) {
  const auto at = find_class(lane.classes, job_type, service);
  return at == lane.classes.end() || !is_of(*at, job_type, service) ? 0 : at->ready;
}

void add_campaign(QueueState& state) { ++state.campaigns[index(CampaignStatus::created)]; }

void move_campaign(QueueState& state, LaneRow& lane, CampaignStatus to, Ordinal ordinal) {
  const LiveJobs jobs{lane.count(JobStatus::pending), lane.count(JobStatus::processing), lane.scheduled(),
                      lane.parked()};
  live_jobs_of(state, lane, false) -= jobs;
  if (std::uint64_t* count = counted_in(state, lane)) --*count;
  --state.campaigns[index(lane.status)];

  lane.status = to;
  ++state.campaigns[index(to)];
  if (ordinal != 0) lane.started = state.last_ordinal = ordinal;
  if (std::uint64_t* count = counted_in(state, lane)) ++*count;
  if (!is_terminal(to)) {
    live_jobs_of(state, lane, false) += jobs;
    return;
  }
  lane.jobs[index(JobStatus::pending)] = lane.jobs[index(JobStatus::processing)] = 0;
  lane.jobs[index(JobStatus::cancelled)] += jobs.total();
  state.ended_jobs[index(JobStatus::cancelled)] += jobs.total();
  lane.classes.clear();
}

bool is_served(const QueueState& state, const LaneRow& lane, bool is_default_lane) {
  if (state.paused) return false;
  return is_default_lane || (lane.status == CampaignStatus::running && state.hold_on(lane.started) == nullptr);
}

}  // namespace breakerd
