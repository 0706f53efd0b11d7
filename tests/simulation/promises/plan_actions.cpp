#include "tests/simulation/promises/plan_actions.hpp"

#include <algorithm>

#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string text(const json& data, const char* member) {
  if (!data.is_object()) return "";
  const auto found = data.find(member);
  return found != data.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

bool PlannedAction::takes(const PlannedJob& job) const {
  return (job_type.empty() || job_type == job.job_type) && (service.empty() || service == job.service) &&
         (campaign.empty() || campaign == job.campaign) && (!enqueued_by_us || job.enqueued_us <= *enqueued_by_us);
}

std::vector<PlannedAction> actions_in(const json& event_actions) {
  std::vector<PlannedAction> actions;
  if (!event_actions.is_array()) return actions;
  for (const json& one : event_actions) {
    const std::string time = text(one, "enqueued_by");
    actions.push_back({text(one, "do"), text(one, "job_type"), text(one, "service"), text(one, "campaign"),
                       time.empty() ? std::nullopt : read_time(time)});
  }
  return actions;
}

std::vector<PlannedAction> actions_asked(const json& asked, std::int64_t now_us) {
  std::vector<PlannedAction> actions;
  if (!asked.is_array()) return actions;
  for (const json& one : asked) {
    PlannedAction action{text(one, "do"), text(one, "job_type"), text(one, "service"), text(one, "campaign_id"), {}};
    const json older_than_ms = one.is_object() ? one.value("older_than_ms", json()) : json();
    if (older_than_ms.is_number_unsigned()) action.enqueued_by_us = now_us - 1'000 * older_than_ms.get<std::int64_t>();
    actions.push_back(std::move(action));
  }
  return actions;
}

std::string verb_for(const PlannedJob& job, const std::vector<PlannedAction>& actions) {
  const auto found =
      std::find_if(actions.begin(), actions.end(), [&](const PlannedAction& action) { return action.takes(job); });
  return found == actions.end() ? "release" : found->verb;
}

}  // namespace breakerd::simulation
