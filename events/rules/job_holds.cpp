#include <breakerd/events/rules/job_holds.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/deadlines.hpp>

namespace breakerd {

const JobHold* find_job_hold(const QueueState& state, JobHoldId id) {
  const auto at =
      std::find_if(state.job_holds.begin(), state.job_holds.end(), [&](const JobHold& hold) { return hold.id == id; });
  return at == state.job_holds.end() ? nullptr : &*at;
}

const JobHold* find_job_hold(const QueueState& state, const std::string& job_type, const std::string& service,
                             const CampaignId& campaign) {
  const auto at = std::find_if(state.job_holds.begin(), state.job_holds.end(), [&](const JobHold& hold) {
    return hold.job_type == job_type && hold.service == service && hold.campaign == campaign;
  });
  return at == state.job_holds.end() ? nullptr : &*at;
}

Result<std::optional<JobHoldPlaced>> decide(const QueueState& state, const PlaceJobHold& command) {
  if (find_job_hold(state, command.job_type, command.service, command.campaign) != nullptr)
    return std::optional<JobHoldPlaced>{};
  if (state.job_holds.size() >= limits::job_holds_max)
    return make_error(ErrorCode::limit, "job_holds_max: no more than " + std::to_string(limits::job_holds_max) +
                                            " holds on jobs can be there at a time; lift one first");
  return std::optional<JobHoldPlaced>{
      JobHoldPlaced{state.last_job_hold + 1, command.job_type, command.service, command.reason, command.campaign}};
}

Result<JobHoldLifted> decide(const QueueState& state, const LiftJobHold& command) {
  if (find_job_hold(state, command.hold) == nullptr)
    return make_error(ErrorCode::not_found, "hold " + std::to_string(command.hold) + " not found");
  return JobHoldLifted{command.hold, command.reason};
}

bool fits(const QueueState& state, const JobHoldPlaced& event) {
  return event.hold == state.last_job_hold + 1 &&
         !(event.job_type.empty() && event.service.empty() && event.campaign.is_nil()) &&
         state.job_holds.size() < limits::job_holds_max &&
         find_job_hold(state, event.job_type, event.service, event.campaign) == nullptr;
}

bool fits(const QueueState& state, const JobHoldLifted& event) { return find_job_hold(state, event.hold) != nullptr; }

void evolve(QueueState& state, const JobHoldPlaced& event, const std::string& principal, Time time) {
  state.last_job_hold = event.hold;
  state.job_holds.push_back({event.hold, event.job_type, event.service, event.reason, principal, time, event.campaign,
                             state.queue_time(time)});
}

void evolve(QueueState& state, const JobHoldLifted& event, Time time) {
  if (const JobHold* hold = find_job_hold(state, event.hold)) remember(state, JobHold{*hold}, state.queue_time(time));
  std::erase_if(state.job_holds, [&](const JobHold& hold) { return hold.id == event.hold; });
}

}  // namespace breakerd
