#include <breakerd/events/rules/follow_up.hpp>

namespace breakerd {
namespace {

using Next = FollowUp::Next;

/// What an event stands there as.
Next place_of(const EventData& data) {
  if (std::holds_alternative<QueuePaused>(data)) return Next::queue_paused;
  if (std::holds_alternative<QueueResumed>(data)) return Next::queue_resumed;
  if (std::holds_alternative<CampaignCompleted>(data)) return Next::campaign_completed;
  const auto* ended = std::get_if<RolloutEnded>(&data);
  if (ended != nullptr && ended->end == RolloutEnd::opened) return Next::rollout_ended;
  const auto* hold = std::get_if<HoldPlaced>(&data);
  return hold != nullptr && hold->kind == HoldKind::circuit ? Next::circuit_hold : Next::any;
}

}  // namespace

bool may_follow(const FollowUp& expected, const EventData& event) {
  if (expected.next == Next::job_retried) {
    const auto* retried = std::get_if<JobRetried>(&event);
    return retried != nullptr && retried->campaign == expected.campaign;
  }
  if (expected.next == Next::job_enqueued) {
    const auto* enqueued = std::get_if<JobEnqueued>(&event);
    return enqueued != nullptr && enqueued->job == expected.job;
  }
  const auto* completed = std::get_if<CampaignCompleted>(&event);
  return place_of(event) == expected.next && (completed == nullptr || completed->campaign == expected.campaign);
}

std::string describe(const FollowUp& expected) {
  switch (expected.next) {
    case Next::queue_paused:
      return "QueuePaused";
    case Next::circuit_hold:
      return "the circuit's HoldPlaced";
    case Next::rollout_ended:
      return "the RolloutEnded of the opening";
    case Next::queue_resumed:
      return "QueueResumed";
    case Next::campaign_completed:
      return "CampaignCompleted of campaign-" + expected.campaign.to_string();
    case Next::job_retried:
      return "JobRetried of a job of campaign-" + expected.campaign.to_string();
    case Next::job_enqueued:
      return "JobEnqueued of job-" + std::to_string(expected.job);
    case Next::any:
      return "any event but those that belong to another one";
  }
  return {};
}

Result<void> check_end(const FollowUp& follow_up, Seq last) {
  if (follow_up.next == Next::any) return {};
  return make_error(ErrorCode::misfit, "behind event " + std::to_string(last) + " must come " + describe(follow_up) +
                                           ", and nothing does");
}

}  // namespace breakerd
