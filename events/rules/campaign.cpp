#include <breakerd/events/rules/campaign.hpp>

namespace breakerd {
namespace {

using Decided = std::optional<EventData>;

std::string name_of(const CampaignContext& campaign) {
  return "campaign " + campaign.id.to_string() + " is " +
         std::string{to_string(shown_status(campaign.lane, campaign.queue))};
}

Error wrong_state(const CampaignContext& campaign, const std::string& what) {
  return make_error(ErrorCode::wrong_state, name_of(campaign) + ": it cannot be " + what);
}

Error circuit_is_open(const CampaignContext& campaign, const std::string& what) {
  return make_error(ErrorCode::circuit_open,
                    name_of(campaign) + ": it cannot be " + what + " while the circuit breaker is open");
}

Result<Decided> decide_one(const CampaignContext& campaign, const UpdateCampaign& action) {
  if (!action.name && !action.description && !action.metadata && !action.weight) return Decided{};
  return Decided{CampaignUpdated{campaign.id, action.name, action.description, action.metadata, action.weight}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const StartCampaign& action) {
  if (campaign.lane.status != CampaignStatus::created) return wrong_state(campaign, "started");
  if (campaign.queue.paused) return circuit_is_open(campaign, "started");
  return Decided{CampaignStarted{campaign.id, campaign.queue.last_ordinal + 1, action.status_message}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const PauseCampaign& action) {
  if (campaign.lane.status == CampaignStatus::paused) return Decided{};
  if (campaign.lane.status != CampaignStatus::running) return wrong_state(campaign, "paused");
  return Decided{CampaignPaused{campaign.id, action.reason}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const ResumeCampaign&) {
  const CampaignStatus kept = campaign.lane.status;
  if (kept != CampaignStatus::paused && kept != CampaignStatus::running) return wrong_state(campaign, "resumed");
  if (campaign.queue.paused) return circuit_is_open(campaign, "resumed");
  if (const Hold* hold = campaign.queue.hold_on(campaign.lane.started))
    return make_error(ErrorCode::held,
                      name_of(campaign) + " under a hold (" + hold->cause + "), which only resume-queue" +
                          (hold->kind == HoldKind::service ? " or resume-campaigns-for-service" : "") + " lifts");
  if (kept == CampaignStatus::running) return Decided{};
  return Decided{CampaignResumed{campaign.id, campaign.queue.last_ordinal + 1}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const SealCampaign&) {
  if (is_terminal(campaign.lane.status)) return wrong_state(campaign, "sealed");
  if (campaign.lane.sealed) return Decided{};
  return Decided{CampaignSealed{campaign.id}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const FailCampaign& action) {
  if (campaign.lane.status == CampaignStatus::failed) return Decided{};
  if (is_terminal(campaign.lane.status)) return wrong_state(campaign, "failed");
  return Decided{CampaignFailed{campaign.id, action.reason, campaign.lane.live_jobs()}};
}

Result<Decided> decide_one(const CampaignContext& campaign, const CancelCampaign& action) {
  if (campaign.lane.status == CampaignStatus::cancelled) return Decided{};
  if (is_terminal(campaign.lane.status)) return wrong_state(campaign, "cancelled");
  return Decided{CampaignCancelled{campaign.id, action.reason, campaign.lane.live_jobs()}};
}

std::string count_text(const LaneRow& lane) {
  return std::to_string(lane.count(JobStatus::completed)) + " jobs completed, " +
         std::to_string(lane.count(JobStatus::failed)) + " failed, " +
         std::to_string(lane.count(JobStatus::cancelled)) + " cancelled" +
         (lane.count(JobStatus::expired) == 0 ? ""
                                              : ", " + std::to_string(lane.count(JobStatus::expired)) + " expired");
}

std::string said_by(const std::string& principal, const std::string& reason) {
  return "by " + principal + ": " + reason;
}

}  // namespace

Result<Decided> decide(const CampaignContext& campaign, const CampaignAction& action) {
  return std::visit([&](const auto& one) { return decide_one(campaign, one); }, action);
}

std::optional<CampaignCompleted> decide_completion(const CampaignId& id, const LaneRow& lane) {
  if (id.is_nil() || !lane.sealed || is_terminal(lane.status) || lane.live_jobs() > 0) return std::nullopt;
  return CampaignCompleted{id, lane.count(JobStatus::completed), lane.count(JobStatus::failed),
                           lane.count(JobStatus::cancelled), lane.count(JobStatus::expired)};
}

CampaignRow new_campaign(const CampaignCreated& event, const std::string& principal, Seq seq, Time time) {
  CampaignRow row;
  row.name = event.name;
  row.description = event.description;
  row.metadata = event.metadata;
  row.created_by = principal;
  row.created = row.last = seq;
  row.created_at = row.updated_at = time;
  return row;
}

LaneRow new_lane(const CampaignCreated& event) {
  LaneRow lane;
  lane.version = 1;
  lane.weight = event.weight;
  return lane;
}

void evolve(CampaignRow& row, const EventData& event, const std::string& principal, Time time) {
  row.updated_at = time;
  if (const auto* updated = std::get_if<CampaignUpdated>(&event)) {
    if (updated->name) row.name = *updated->name;
    if (updated->description) row.description = *updated->description;
    if (updated->metadata) row.metadata = *updated->metadata;
  } else if (const auto* started = std::get_if<CampaignStarted>(&event)) {
    row.started_at = time;
    row.message = started->status_message;
  } else if (const auto* paused = std::get_if<CampaignPaused>(&event)) {
    row.message = said_by(principal, paused->reason);
  } else if (std::holds_alternative<CampaignResumed>(event)) {
    row.message.clear();
  } else if (std::holds_alternative<CampaignReopened>(event)) {
    row.finished_at = no_time;
    row.message.clear();
  } else if (std::holds_alternative<CampaignCompleted>(event)) {
    row.finished_at = time;
  } else if (const auto* failed = std::get_if<CampaignFailed>(&event)) {
    row.finished_at = time;
    row.message = said_by(principal, failed->reason);
  } else if (const auto* cancelled = std::get_if<CampaignCancelled>(&event)) {
    row.finished_at = time;
    row.message = said_by(principal, cancelled->reason);
  }
}

std::string status_message(const CampaignRow& row, const LaneRow& lane, const QueueState& queue) {
  if (const Hold* hold = covering_hold(lane, queue)) return "Paused: " + hold->cause;
  switch (lane.status) {
    case CampaignStatus::created:
      return "Created: waits for its start";
    case CampaignStatus::running:
      if (!row.message.empty()) return row.message;
      return lane.sealed ? "Running: sealed, no more jobs will come" : "Running";
    case CampaignStatus::paused:
      return "Paused " + row.message;
    case CampaignStatus::completed:
      return "Completed: " + count_text(lane);
    case CampaignStatus::failed:
      return "Failed " + row.message + " (" + count_text(lane) + ")";
    case CampaignStatus::cancelled:
      return "Cancelled " + row.message + " (" + count_text(lane) + ")";
  }
  return {};
}

std::span<const CampaignStatus> valid_transitions(CampaignStatus shown) {
  using enum CampaignStatus;
  static constexpr CampaignStatus to_run[] = {running, completed, failed, cancelled};
  static constexpr CampaignStatus to_pause[] = {paused, completed, failed, cancelled};
  if (shown == running) return to_pause;
  if (is_terminal(shown)) return {};
  return to_run;
}

JobCounts shown_counts(const LaneRow& lane, const QueueState& queue) {
  JobCounts counts;
  const std::uint64_t pending = lane.count(JobStatus::pending);
  const std::uint64_t processing = lane.count(JobStatus::processing);
  counts.parked = lane.parked();
  if (shown_status(JobStatus::pending, lane, false, queue) == JobStatus::paused) {
    counts.paused = pending + processing;
  } else {
    counts.paused = counts.parked;
    counts.pending = pending - counts.parked;
    counts.processing = processing;
    counts.scheduled = lane.scheduled();
  }
  counts.completed = lane.count(JobStatus::completed);
  counts.failed = lane.count(JobStatus::failed);
  counts.cancelled = lane.count(JobStatus::cancelled);
  counts.expired = lane.count(JobStatus::expired);
  return counts;
}

CampaignView view_of(const CampaignId& id, const CampaignRow& row, const LaneRow& lane, const QueueState& queue) {
  return {id, row, lane, shown_status(lane, queue), status_message(row, lane, queue), shown_counts(lane, queue)};
}

}  // namespace breakerd
