#include <breakerd/events/model/queue_state.hpp>

#include <algorithm>

namespace breakerd {
namespace {

constexpr std::size_t index(auto status) { return static_cast<std::size_t>(status); }

}  // namespace

LiveJobs& LiveJobs::operator+=(const LiveJobs& other) {
  pending += other.pending;
  processing += other.processing;
  scheduled += other.scheduled;
  parked += other.parked;
  return *this;
}

LiveJobs& LiveJobs::operator-=(const LiveJobs& other) {
  pending -= other.pending;
  processing -= other.processing;
  scheduled -= other.scheduled;
  parked -= other.parked;
  return *this;
}

std::uint64_t JobCounts::of(JobStatus shown) const {
  switch (shown) {
    case JobStatus::pending:
      return pending;
    case JobStatus::processing:
      return processing;
    case JobStatus::completed:
      return completed;
    case JobStatus::failed:
      return failed;
    case JobStatus::cancelled:
      return cancelled;
    case JobStatus::expired:
      return expired;
    case JobStatus::paused:
      return paused;
  }
  return 0;
}

std::uint64_t CampaignCounts::of(CampaignStatus shown) const {
  switch (shown) {
    case CampaignStatus::created:
      return created;
    case CampaignStatus::running:
      return running;
    case CampaignStatus::paused:
      return paused;
    case CampaignStatus::completed:
      return completed;
    case CampaignStatus::failed:
      return failed;
    case CampaignStatus::cancelled:
      return cancelled;
  }
  return 0;
}

std::uint64_t QueueState::in_flight() const {
  std::uint64_t sum = default_lane.processing + created.processing + operator_paused.processing;
  for (const Generation& generation : generations) sum += generation.jobs.processing;
  return sum;
}

Generation QueueState::held() const {
  Generation sum;
  for (std::size_t i = 0; i + 1 < generations.size(); ++i) {
    sum.campaigns += generations[i].campaigns;
    sum.jobs += generations[i].jobs;
  }
  return sum;
}

JobCounts QueueState::job_counts() const {
  LiveJobs free = default_lane;
  free += created;
  free += generations.back().jobs;
  JobCounts counts;
  const LiveJobs held_jobs = held().jobs;
  counts.parked = free.parked + held_jobs.parked + operator_paused.parked;
  counts.paused = held_jobs.total() + operator_paused.total();
  if (paused) {
    counts.paused += free.total();
  } else {
    counts.paused += free.parked;
    counts.pending = free.pending - free.parked;
    counts.processing = free.processing;
    counts.scheduled = free.scheduled;
  }
  counts.completed = ended_jobs[index(JobStatus::completed)];
  counts.failed = ended_jobs[index(JobStatus::failed)];
  counts.cancelled = ended_jobs[index(JobStatus::cancelled)];
  counts.expired = ended_jobs[index(JobStatus::expired)];
  return counts;
}

CampaignCounts QueueState::campaign_counts() const {
  const std::uint64_t under_hold = held().campaigns;
  CampaignCounts counts;
  counts.created = campaigns[index(CampaignStatus::created)];
  counts.running = campaigns[index(CampaignStatus::running)] - under_hold;
  counts.paused = campaigns[index(CampaignStatus::paused)] + under_hold;
  counts.completed = campaigns[index(CampaignStatus::completed)];
  counts.failed = campaigns[index(CampaignStatus::failed)];
  counts.cancelled = campaigns[index(CampaignStatus::cancelled)];
  return counts;
}

Time QueueState::queue_time(Time wall) const {
  return paused ? counted : counted + std::max(wall - counted_at, Duration{0});
}

std::size_t QueueState::generation_of(Ordinal started) const {
  const auto after = std::upper_bound(holds.begin(), holds.end(), started,
                                      [](Ordinal value, const Hold& hold) { return value < hold.ordinal; });
  return static_cast<std::size_t>(after - holds.begin());
}

const JobHold* QueueState::job_hold_on(const JobClass& jobs, const LaneId& lane) const {
  for (const JobHold& hold : job_holds)
    if (hold.covers(jobs, lane)) return &hold;
  return nullptr;
}

bool QueueState::has_hold_on(const CampaignId& campaign) const {
  return std::any_of(job_holds.begin(), job_holds.end(),
                     [&](const JobHold& hold) { return hold.is_on_campaign() && hold.campaign == campaign; });
}

const Hold* QueueState::hold_on(Ordinal started) const {
  const std::size_t i = generation_of(started);
  return i < holds.size() ? &holds[i] : nullptr;
}

bool QueueState::has_service_hold_on(Ordinal started) const {
  const auto first = holds.begin() + static_cast<std::ptrdiff_t>(generation_of(started));
  return std::any_of(first, holds.end(), [](const Hold& hold) { return hold.kind == HoldKind::service; });
}

const Hold* covering_hold(const LaneRow& lane, const QueueState& queue) {
  return lane.status == CampaignStatus::running ? queue.hold_on(lane.started) : nullptr;
}

CampaignStatus shown_status(const LaneRow& lane, const QueueState& queue) {
  return covering_hold(lane, queue) != nullptr ? CampaignStatus::paused : lane.status;
}

JobStatus shown_status(JobStatus kept, const LaneRow& lane, bool is_default_lane, const QueueState& queue) {
  if (is_terminal(kept)) return kept;
  if (!is_default_lane && is_terminal(lane.status)) return JobStatus::cancelled;
  if (queue.paused) return JobStatus::paused;
  if (!is_default_lane && shown_status(lane, queue) == CampaignStatus::paused) return JobStatus::paused;
  return kept;
}

JobStatus shown_status(const JobRow& row, const LaneRow& lane, const QueueState& queue) {
  const JobStatus shown = shown_status(row.status, lane, row.campaign.is_nil(), queue);
  return row.is_parked() && !is_terminal(shown) ? JobStatus::paused : shown;
}

Time next_attempt_at(const JobRow& row, const QueueState& queue) {
  if (!row.due.exists() || row.due.clock == DueClock::wall) return row.due.at;
  if (queue.paused) return no_time;
  return queue.counted_at + (row.due.at - queue.counted);
}

}  // namespace breakerd
