#include <breakerd/events/rules/rollout.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <breakerd/events/rules/ramp.hpp>

namespace breakerd {
namespace {

void begin_ramp(Rollout& rollout, const QueueState& queue, Time time) {
  rollout.phase = RolloutPhase::ramp;
  rollout.ramp_began_at = time;
  rollout.ramp_since = queue.queue_time(time);
}

std::uint64_t ready_of(const LiveJobs& jobs) { return jobs.pending - jobs.scheduled - jobs.parked; }

bool has_jobs_to_lease(const QueueState& queue) {
  return ready_of(queue.default_lane) > 0 ||
         std::any_of(queue.generations.begin(), queue.generations.end(),
                     [](const Generation& generation) { return ready_of(generation.jobs) > 0; });
}

}  // namespace

Rollout new_rollout(const QueueState& queue, const JobCommandStarted& event, const std::string& principal, Time time) {
  Rollout rollout;
  if (event.canary == 0 && event.ramp.over_ms == 0) return rollout;
  rollout.command = event.command;
  rollout.principal = principal;
  rollout.began_at = time;
  rollout.canary = event.canary;
  rollout.ramp = event.ramp;
  rollout.phase = RolloutPhase::canary;
  if (event.canary == 0) begin_ramp(rollout, queue, time);
  return rollout;
}

std::size_t canary_room(const Rollout& rollout) {
  if (rollout.phase != RolloutPhase::canary) return SIZE_MAX;
  const std::size_t used = rollout.succeeded + rollout.in_flight.size();
  return used >= rollout.canary ? 0 : rollout.canary - used;
}

bool canary_passes(const QueueState& queue) {
  const Rollout& rollout = queue.rollout;
  if (rollout.phase != RolloutPhase::canary) return false;
  if (rollout.succeeded >= rollout.canary) return true;
  return rollout.in_flight.empty() && !has_jobs_to_lease(queue);
}

std::optional<RolloutEnded> decide_end(const Rollout& rollout, RolloutEnd end) {
  if (!rollout.exists()) return std::nullopt;
  return RolloutEnded{rollout.command, end, {}};
}

std::optional<RolloutEnded> decide(const Rollout& rollout, const StopRollout& command) {
  auto ended = decide_end(rollout, RolloutEnd::stopped);
  if (ended) ended->reason = command.reason;
  return ended;
}

void note_lease(Rollout& rollout, JobId job, const CampaignId& campaign) {
  if (rollout.phase == RolloutPhase::canary) rollout.in_flight.push_back({job, campaign});
}

void note_end(Rollout& rollout, JobId job, bool has_succeeded) {
  if (rollout.phase != RolloutPhase::canary) return;
  const auto erased = std::erase_if(rollout.in_flight, [&](const CanaryJob& one) { return one.job == job; });
  if (erased > 0 && has_succeeded) ++rollout.succeeded;
}

void note_end(Rollout& rollout, const CampaignId& campaign) {
  std::erase_if(rollout.in_flight, [&](const CanaryJob& one) { return one.campaign == campaign; });
}

Result<bool> evolve_rows(RowAccess& rows, const CanaryPassed& event, const Event& whole) {
  QueueState& queue = rows.queue();
  Rollout& rollout = queue.rollout;
  if (!canary_passes(queue) || event.command != rollout.command || event.succeeded != rollout.succeeded) return false;
  rollout.in_flight.clear();
  if (rollout.has_ramp())
    begin_ramp(rollout, queue, whole.time);
  else
    rollout = {};
  return true;
}

/// An opening ends it after it has paused the queue, and nothing else can while that is so.
Result<bool> evolve_rows(RowAccess& rows, const RolloutEnded& event, const Event&) {
  QueueState& queue = rows.queue();
  Rollout& rollout = queue.rollout;
  if (!rollout.exists() || event.command != rollout.command) return false;
  if ((event.end == RolloutEnd::opened) != queue.paused) return false;
  if (event.end == RolloutEnd::done && rollout.phase != RolloutPhase::ramp) return false;
  rollout = {};
  return true;
}

RolloutView view_rollout(const QueueState& queue, Time now) {
  RolloutView view{queue.rollout, 0, 0};
  if (view.rollout.phase != RolloutPhase::ramp) return view;
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(queue.queue_time(now) - view.rollout.ramp_since).count();
  view.elapsed_ms = std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed, 0)), view.rollout.ramp.over_ms);
  view.rate_thousandths = rate_at(view.rollout.ramp, view.elapsed_ms);
  return view;
}

}  // namespace breakerd
