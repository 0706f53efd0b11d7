// Holds on campaigns and on jobs, as commands of the queue (queue_core.hpp).

#include <algorithm>
#include <utility>

#include <breakerd/actors/queue/queue_core.hpp>
#include <breakerd/events/rules/job_holds.hpp>
#include <breakerd/events/rules/queue.hpp>

namespace breakerd {

namespace {

/// The labels of these holds, in their order, each once.
std::vector<std::string> services_of(const std::vector<Hold>& holds) {
  std::vector<std::string> services;
  for (const Hold& hold : holds)
    if (!hold.service.empty() && std::find(services.begin(), services.end(), hold.service) == services.end())
      services.push_back(hold.service);
  return services;
}

}  // namespace

Outcome QueueCore::run(const Context& context, const ResumeQueue& command) {
  auto lifted = breakerd::decide(queue_, command);
  if (!lifted) return lifted.error();
  HoldsAnswer answer;
  answer.campaigns_skipped = queue_.campaigns[static_cast<std::size_t>(CampaignStatus::paused)];
  answer.reason = command.reason;
  if (*lifted) {
    answer.services_resumed = services_of(queue_.holds);
    answer.campaigns_resumed = (*lifted)->campaigns_resumed;
    answer.jobs_resumed = (*lifted)->jobs_resumed;
    if (auto ok = emit(context, std::move(**lifted)); !ok) return ok.error();
  }
  if (command.plan) {
    auto plan = start_plan(context, *command.plan, command.reason, *lifted ? 0 : -1);
    if (!plan) return plan.error();
    answer.plan = std::move(*plan);
  }
  answer.campaigns_eligible = answer.campaigns_resumed + answer.campaigns_skipped;
  return Reply{answer};
}

Outcome QueueCore::run(const Context& context, const PauseCampaignsForService& command) {
  auto placed = breakerd::decide(queue_, command);
  if (!placed) return placed.error();
  HoldsAnswer answer;
  answer.campaigns_paused = placed->campaigns_held;
  answer.reason = command.reason;
  if (auto ok = emit(context, std::move(*placed)); !ok) return ok.error();
  return Reply{answer};
}

Outcome QueueCore::run(const Context& context, const PlaceJobHold& command) {
  if (!command.campaign.is_nil())
    if (auto lane = find_lane(command.campaign); !lane) return lane.error();
  auto placed = breakerd::decide(queue_, command);
  if (!placed) return placed.error();
  const bool is_new = placed->has_value();
  if (is_new)
    if (auto ok = emit(context, std::move(**placed)); !ok) return ok.error();
  if (!command.campaign.is_nil()) relist(command.campaign);
  return Reply{JobHoldView{*find_job_hold(queue_, command.job_type, command.service, command.campaign), is_new}};
}

Outcome QueueCore::run(const Context& context, const LiftJobHold& command) {
  auto lifted = breakerd::decide(queue_, command);
  if (!lifted) return lifted.error();
  JobHoldView view{*find_job_hold(queue_, command.hold), false};
  if (auto ok = emit(context, std::move(*lifted)); !ok) return ok.error();
  if (!view.hold.campaign.is_nil()) relist(view.hold.campaign);
  return Reply{std::move(view)};
}

Outcome QueueCore::run(const Context& context, const ResumeCampaignsForService& command) {
  auto lifted = breakerd::decide(queue_, command);
  if (!lifted) return lifted.error();
  HoldsAnswer answer;
  answer.reason = command.reason;
  if (*lifted) {
    answer.services_resumed = {command.service};
    answer.campaigns_resumed = (*lifted)->campaigns_resumed;
    answer.campaigns_skipped = (*lifted)->campaigns_skipped;
    answer.jobs_resumed = (*lifted)->jobs_resumed;
    if (auto ok = emit(context, std::move(**lifted)); !ok) return ok.error();
  }
  answer.campaigns_eligible = answer.campaigns_resumed + answer.campaigns_skipped;
  return Reply{answer};
}

}  // namespace breakerd
