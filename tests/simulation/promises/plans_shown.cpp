// What is answered and listed of plans and parked jobs.

#include <algorithm>

#include "tests/simulation/promises/plans.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;

std::string name_of(const json& row) { return "command " + row.value("id", json()).dump() + ": "; }

/// Of a plan they are counted by what became of them.
bool counts_agree(const json& row) {
  const json parked = row.value("parked", json());
  const json cancelled = row.value("cancelled", json());
  return parked.is_number_unsigned() && cancelled.is_number_unsigned() &&
         row.value("done", json()) == parked.get<std::uint64_t>() + cancelled.get<std::uint64_t>();
}

}  // namespace

void Plans::ended(const Ended& ended) {
  if (!ended.ok() || !ended.data.is_object()) return;
  const Request& request = ended.request;
  switch (request.kind()) {
    case Kind::command:
    case Kind::stop_command:
    case Kind::release_parked:
    case Kind::cancel_parked:
      return check_row(ended.data, ended);
    case Kind::commands:
      for (const json& row : ended.data.value("commands", json::array())) check_row(row, ended);
      return;
    case Kind::close:
    case Kind::resume_queue:
      break;
    default:
      return;
  }
  const json plan = ended.data.value("plan", json());
  if (plan.is_null() != (request.plan() == nullptr))
    return complain_("the answer to " + std::string{request.route.path} +
                     " has a plan exactly when one was asked for, and not here");
  if (plan.is_null()) return;
  if (plan.value("kind", "") != "plan" || plan.value("reason", "") != request.text("reason") ||
      plan.value("actions", json::array()).size() != request.planned_actions().size())
    complain_("the plan that was asked for is answered with " + plan.dump());
  check_row(plan, ended);
}

/// It agrees with itself, and with what was shown before.
void Plans::check_row(const json& row, const Ended& ended) {
  const std::string name = name_of(row);
  const auto id = row.value("id", std::uint64_t{0});
  const std::string kind = row.value("kind", "");
  const std::string state = row.value("state", "");
  static const std::set<std::string> kinds{"retry", "discard", "plan", "release_parked", "cancel_parked"};
  if (id == 0 || kinds.count(kind) == 0) return complain_(name + "it is shown as " + row.dump());
  if (kind == "plan" && (!row.value("matched", json()).is_null() || !row.value("remaining", json()).is_null()))
    complain_(name + "nobody has counted the jobs of a plan, and they are told: " + row.dump());
  if (kind == "plan" && !counts_agree(row))
    complain_(name + "what is done is not what is parked and cancelled: " + row.dump());
  if (state != "running" && state != "done" && state != "stopped") complain_(name + "it has the state '" + state + "'");
  if ((state == "running") != row.value("finished_at", json()).is_null())
    complain_(name + "it has a finished_at exactly when it has ended, and not here");
  const auto end = ends_.find(id);
  if (end != ends_.end() && (state == "running" ? end->second.since < ended.begun : state != end->second.state))
    complain_(name + "it was " + end->second.state + ", and is " + state);
  if (state != "running") {
    Step& since = ends_.try_emplace(id, End{state, ended.ended}).first->second.since;
    since = std::min(since, ended.ended);
  }
  const auto done = row.value("done", std::uint64_t{0});
  if (done < done_[id].floor(ended.begun)) complain_(name + "it has done less than before");
  done_[id].seen(ended.ended, done);
}

void Plans::compare(const std::vector<json>& commands, const std::vector<json>& parked, const History& history) const {
  json found = json::array();
  for (const json& row : commands)
    found.push_back({{"id", row.value("id", json())},
                     {"kind", row.value("kind", json())},
                     {"state", row.value("state", json())},
                     {"reason", row.value("reason", json())},
                     {"done", row.value("done", json())},
                     {"skipped", row.value("skipped", json())},
                     {"parked", row.value("kind", "") == "plan" ? row.value("parked", json()) : json(0)}});
  json expected = json::array();
  for (auto one = commands_.rbegin(); one != commands_.rend(); ++one)
    expected.push_back({{"id", one->first},
                        {"kind", one->second.kind},
                        {"state", one->second.state},
                        {"reason", one->second.reason},
                        {"done", one->second.done},
                        {"skipped", one->second.skipped},
                        {"parked", one->second.parked}});
  if (found != expected)
    complain_("the commands are shown as " + found.dump() + ", and the events make them " + expected.dump());
  for (const auto& [id, end] : ends_)
    if (const auto one = commands_.find(id); one != commands_.end() && one->second.state != end.state)
      complain_("command " + std::to_string(id) + " was shown as " + end.state + ", and the events make it " +
                one->second.state);
  json listed = json::array();
  for (const json& row : parked) listed.push_back(row.value("id", json()));
  json right = json::array();
  for (const auto& [id, job] : history.jobs())
    if (job.now().parked > 0) right.push_back(id);
  if (listed != right)
    complain_("the parked jobs are listed as " + listed.dump() + ", and the events make them " + right.dump());
}

}  // namespace breakerd::simulation
