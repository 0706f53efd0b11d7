#include <breakerd/events/rules/deadlines.hpp>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {
namespace {

using Spans = std::vector<HeldSpan>;

/// A hold on campaigns counts for those that had started before it.
bool concerns(const LaneRow& lane, Ordinal hold) { return lane.started != 0 && lane.started < hold; }

bool concerns(const JobRow& row, const PastJobHold& hold) {
  return JobHold{0, hold.job_type, hold.service, {}, {}, {}, hold.campaign}.covers({row.job_type, row.service},
                                                                                   row.campaign);
}

/// The holds on campaigns that are no more.
void add_past_holds(const LaneRow& lane, const QueueState& queue, Spans& spans) {
  for (const PastHold& hold : queue.past_holds)
    if (concerns(lane, hold.ordinal)) spans.push_back(hold.span);
}

/// In which the job was held, by what holds it no more.
Spans past_spans(const JobContext& job) {
  Spans spans;
  if (!job.in_default_lane()) {
    spans = job.lane.held;
    add_past_holds(job.lane, job.queue, spans);
  }
  for (const PastJobHold& hold : job.queue.past_job_holds)
    if (concerns(job.row, hold)) spans.push_back(hold.span);
  return spans;
}

/// In which the job was held, until `now`.
Spans spans_of(const JobContext& job, Time now) {
  Spans spans = past_spans(job);
  if (!job.in_default_lane()) {
    if (job.lane.status == CampaignStatus::paused) spans.push_back({job.lane.paused_since, now});
    for (const Hold& hold : job.queue.holds)
      if (concerns(job.lane, hold.ordinal)) spans.push_back({hold.since, now});
  }
  for (const JobHold& hold : job.queue.job_holds)
    if (hold.covers({job.row.job_type, job.row.service}, job.row.campaign)) spans.push_back({hold.since, now});
  if (job.row.parked.exists()) spans.push_back({job.row.parked.since, now});
  return spans;
}

/// How much of the time from `from` to `to` they cover together.
Duration covered(Spans spans, Time from, Time to) {
  std::sort(spans.begin(), spans.end(),
            [](const HeldSpan& one, const HeldSpan& other) { return one.from < other.from; });
  Duration sum{0};
  for (const HeldSpan& span : spans) {
    const Time begin = std::max(span.from, from);
    const Time end = std::min(span.to, to);
    if (end <= begin) continue;
    sum += end - begin;
    from = end;
  }
  return sum;
}

/// Since when the job is held without a break; `now` when it is not held.
Time held_since(const JobContext& job, Time now) {
  Spans spans = spans_of(job, now);
  std::sort(spans.begin(), spans.end(), [](const HeldSpan& one, const HeldSpan& other) { return one.to > other.to; });
  Time since = now;
  for (const HeldSpan& span : spans)
    if (span.to >= since) since = std::min(since, span.from);
  return since;
}

/// When the last of those that are over has ended, or `now`, if that is later. A span may end later than now: whoever
/// tells of it, and whoever decides now, have different clocks when somebody sets the wall clock.
Time end_of_spans(const JobContext& job, Time now) {
  for (const HeldSpan& span : past_spans(job)) now = std::max(now, span.to);
  return now;
}

/// Two become one that covers both.
HeldSpan around(const HeldSpan& one, const HeldSpan& other) {
  return {std::min(one.from, other.from), std::max(one.to, other.to)};
}

bool lane_has_ended(const JobContext& job) { return !job.in_default_lane() && is_terminal(job.lane.status); }

}  // namespace

Result<void> set_deadline(JobSpec& spec, Time now, Time queue_now) {
  const std::string field = spec.expires_in_ms > 0 ? "expires_in_ms" : "expires_at";
  if (spec.expires_in_ms > 0) spec.expires_at = now + std::chrono::milliseconds{spec.expires_in_ms};
  spec.expires_in_ms = 0;
  if (spec.expires_at == no_time) return {};
  if (spec.expires_at <= now) return invalid_field(field, "a time that has not come");
  if (spec.expires_at <= spec.run_at)
    return invalid_field(field, "a time behind the one before which the job is not leased");
  spec.deadline = queue_now + (spec.expires_at - now);
  return {};
}

bool is_held(const JobContext& job) {
  if (job.row.parked.exists()) return true;
  if (job.queue.job_hold_on({job.row.job_type, job.row.service}, job.row.campaign) != nullptr) return true;
  return !job.in_default_lane() && shown_status(job.lane, job.queue) == CampaignStatus::paused;
}

Duration held_time(const JobContext& job, Time queue_now) {
  return covered(spans_of(job, queue_now), job.row.deadline.counted, Time::max());
}

DeadlineState look_at_deadline(const JobContext& job, Time queue_now) {
  const Deadline& deadline = job.row.deadline;
  if (!deadline.exists() || job.queue.paused) return DeadlineState::waits;
  if (lane_has_ended(job)) return DeadlineState::moves;
  const bool is_to_be_moved = queue_now >= deadline.at || deadline.is_held;
  if (is_held(job)) return is_to_be_moved && !deadline.is_held ? DeadlineState::moves : DeadlineState::waits;
  if (!is_to_be_moved) return DeadlineState::waits;
  return queue_now < deadline.at + held_time(job, queue_now) ? DeadlineState::moves : DeadlineState::has_come;
}

void move_deadline(JobRow& row, const LaneRow& lane, const QueueState& queue, Time counted) {
  const JobContext job{row, lane, queue};
  if (lane_has_ended(job)) {
    row.deadline = {};
    return;
  }
  row.deadline.is_held = is_held(job);
  const Time until = row.deadline.is_held ? held_since(job, counted) : end_of_spans(job, counted);
  row.deadline.at += covered(past_spans(job), row.deadline.counted, until);
  row.deadline.counted = std::max(row.deadline.counted, until);
}

void count_parked_time(JobRow& row, const LaneRow& lane, const QueueState& queue, Time queue_now) {
  if (!row.deadline.exists()) return;
  const JobContext job{row, lane, queue};
  const Time until = end_of_spans(job, queue_now);
  row.deadline.at += covered(spans_of(job, queue_now), row.deadline.counted, until);
  row.deadline.counted = std::max(row.deadline.counted, until);
  row.deadline.is_held = false;
}

Time shown_deadline(const JobContext& job) {
  const Deadline& deadline = job.row.deadline;
  const QueueState& queue = job.queue;
  if (!deadline.exists()) return no_time;
  const Time at = deadline.at + covered(past_spans(job), deadline.counted, Time::max());
  return queue.counted_at + (at - queue.counted);
}

void remember(QueueState& queue, const Hold& hold, Time queue_now) {
  if (queue_now <= hold.since) return;
  auto& past = queue.past_holds;
  past.push_back({hold.ordinal, {hold.since, queue_now}});
  if (past.size() <= limits::past_holds_max) return;
  past[1] = {std::max(past[0].ordinal, past[1].ordinal), around(past[0].span, past[1].span)};
  past.erase(past.begin());
}

void remember(QueueState& queue, const JobHold& hold, Time queue_now) {
  if (queue_now <= hold.since) return;
  auto& past = queue.past_job_holds;
  past.push_back({hold.job_type, hold.service, hold.campaign, {hold.since, queue_now}});
  if (past.size() <= limits::past_holds_max) return;
  const PastJobHold& oldest = past[0];
  PastJobHold& next = past[1];
  if (oldest.job_type != next.job_type) next.job_type.clear();
  if (oldest.service != next.service) next.service.clear();
  if (oldest.campaign != next.campaign) next.campaign = {};
  next.span = around(oldest.span, next.span);
  past.erase(past.begin());
}

void remember_pause(LaneRow& lane, const QueueState& queue, Time queue_now) {
  auto& held = lane.held;
  add_past_holds(lane, queue, held);
  if (queue_now > lane.paused_since) held.push_back({lane.paused_since, queue_now});
  lane.paused_since = no_time;
  while (held.size() > limits::held_spans_max) {
    held[1] = around(held[0], held[1]);
    held.erase(held.begin());
  }
}

}  // namespace breakerd
