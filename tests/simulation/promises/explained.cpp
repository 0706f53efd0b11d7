#include "tests/simulation/promises/explained.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tests/simulation/promises/statuses.hpp"
#include "tests/simulation/promises/time_text.hpp"

namespace breakerd::simulation {

namespace {

using nlohmann::json;
using Complain = std::function<void(std::string)>;

/// Of one worker, in a list of workers.
constexpr std::size_t jobs_named_max = 10;

/// In the order in which they stand.
const std::vector<std::string>& kinds() {
  static const std::vector<std::string> kinds{"ended",  "circuit", "hold",  "campaign", "parked",
                                              "run_at", "retry",   "lease", "limit",    "lane"};
  return kinds;
}

std::vector<std::string> kinds_in(const json& why) {
  std::vector<std::string> found;
  for (const json& condition : why.value("conditions", json::array())) found.push_back(condition.value("kind", ""));
  return found;
}

bool has(const std::vector<std::string>& found, const char* kind) {
  return std::find(found.begin(), found.end(), kind) != found.end();
}

void check_why(const json& why, const Complain& say) {
  const std::string status = why.value("status", "");
  const std::vector<std::string> found = kinds_in(why);
  const bool runnable = why.value("runnable", false);
  if (runnable != found.empty()) say("is runnable exactly when there is no condition, and is not so here");
  if (runnable && status != "PENDING") say("is runnable, and its job reads " + status);
  if (is_end(status) != (found == std::vector<std::string>{"ended"}))
    say("has 'ended' alone exactly when the job has ended");
  if (status == "PROCESSING" && !has(found, "lease")) say("is of a job that is PROCESSING, and names no lease");
  if (status == "PAUSED" && !has(found, "circuit") && !has(found, "hold") && !has(found, "campaign") &&
      !has(found, "parked"))
    say("is of a job that is PAUSED, and says nothing that pauses it");
  if (has(found, "lease") &&
      (has(found, "lane") || has(found, "run_at") || has(found, "retry") || has(found, "parked")))
    say("is of a job that is leased and waits");
  std::size_t place = 0;
  for (const json& condition : why.value("conditions", json::array())) {
    const auto at = std::find(kinds().begin(), kinds().end(), condition.value("kind", ""));
    const auto here = static_cast<std::size_t>(at - kinds().begin());
    const bool is_again = here + 1 == place && *at != "hold" && *at != "limit";
    if (at == kinds().end() || here + 1 < place || is_again)
      return say("has the conditions in another order, twice, or of another kind");
    place = here + 1;
    if (condition.value("detail", "").empty() || !condition.contains("ends_by"))
      say("has a condition without a detail or what ends it");
    if (*at == "lease" && condition.value("by", "").empty()) say("has a lease that nobody holds");
  }
}

void check_workers(const json& data, const Complain& say) {
  std::string before;
  for (const json& worker : data.value("workers", json::array())) {
    const std::string name = worker.value("worker", "");
    if (name <= before) say("is not sorted by name");
    before = name;
    const auto in_flight = worker.value("in_flight", std::size_t{0});
    const auto waiting = worker.value("waiting_leases", std::size_t{0});
    const std::size_t named = worker.value("jobs", json::array()).size();
    if (in_flight + waiting == 0) say("has a worker that neither works nor waits: " + name);
    if (named != std::min(in_flight, jobs_named_max))
      say("names " + std::to_string(named) + " jobs of worker " + name + ", which holds " + std::to_string(in_flight));
    if (worker.value("last_heard_at", json()).is_null()) say("has a worker of which nobody ever heard: " + name);
  }
}

/// What a condition must say; members that are null are not looked at.
json expected(const char* kind, const json& ends_by, const json& by = nullptr) {
  return {{"kind", kind}, {"ends_by", ends_by}, {"by", by}};
}

std::size_t ready_before(std::uint64_t id, const History::Job& job, const History& history, const Times& times,
                         const JobHolds& holds) {
  std::size_t count = 0;
  for (const auto& [other_id, other] : history.jobs()) {
    if (other.campaign != job.campaign || !other.waits() || times.waits(other_id)) continue;
    if (holds.on(other_id) > 0) continue;
    if (other.priority > job.priority || (other.priority == job.priority && other_id < id)) ++count;
  }
  return count;
}

/// As far as they are counted.
std::string counted(std::size_t jobs) { return jobs > 1'000 ? "1000 or more" : std::to_string(jobs); }

/// The circuit, holds and the campaign.
void add_pauses(json& all, std::uint64_t id, const History::Job& job, const History& history, const JobHolds& holds) {
  if (history.open()) all.push_back(expected("circuit", "close"));
  const auto campaign = history.campaigns().find(job.campaign);
  const bool has_campaign = campaign != history.campaigns().end();
  for (const History::Hold& hold : history.holds()) {
    if (!has_campaign || campaign->second.ordinal >= hold.ordinal) continue;
    if (campaign->second.status != "RUNNING" && campaign->second.status != "PAUSED") continue;
    all.push_back(expected("hold", hold.kind == "circuit" ? "resume-queue" : "resume-campaigns-for-service"));
  }
  const bool waits = job.now().status == "PENDING";
  for (std::size_t left = waits ? holds.on(id) : 0; left > 0; --left) all.push_back(expected("hold", "lift"));
  if (!has_campaign) return;
  if (campaign->second.status == "CREATED") all.push_back(expected("campaign", "start"));
  if (campaign->second.status == "PAUSED") all.push_back(expected("campaign", "resume"));
}

json expected_conditions(std::uint64_t id, const History::Job& job, const History& history, const Times& times,
                         const JobHolds& holds, const Limits& limits, const Plans& plans, const Rollouts& rollouts) {
  const std::string& status = job.now().status;
  if (is_end(status)) {
    const auto campaign = history.campaigns().find(job.campaign);
    const bool stays = campaign != history.campaigns().end() &&
                       (campaign->second.status == "FAILED" || campaign->second.status == "CANCELLED");
    return json::array({expected("ended", is_dead(status) && !stays ? json("retry") : json())});
  }
  json all = json::array();
  add_pauses(all, id, job, history, holds);
  if (job.now().parked > 0 || plans.keeps(id))
    all.push_back(expected("parked", job.now().parked > 0 ? "release" : "breakerd"));
  if (times.waits(id)) all.push_back(expected(times.run_at_us(id) ? "run_at" : "retry", "time"));
  if (status == "PROCESSING") all.push_back(expected("lease", "worker", job.worker));
  for (std::size_t left = job.waits() ? limits.full_on(id, history) : 0; left > 0; --left)
    all.push_back(expected("limit", "worker"));
  if (job.waits() && rollouts.is_full()) all.push_back(expected("limit", "worker"));
  if (job.waits() && ready_before(id, job, history, times, holds) > 0) all.push_back(expected("lane", "leases"));
  return all;
}

void compare_condition(const std::string& name, const json& shown, const json& expected, const Complain& complain) {
  const bool same = shown.value("kind", "") == expected["kind"] &&
                    shown.value("ends_by", json()) == expected["ends_by"] &&
                    (expected["by"].is_null() || shown.value("by", "") == expected["by"]);
  if (!same) complain(name + "the condition " + shown.dump() + " is not " + expected.dump());
}

/// Without limits and ramps whose rate is used up: of those it is not known from events alone when they are.
json without_rates(const json& conditions) {
  json left = json::array();
  for (const json& one : conditions)
    if (one.value("kind", "") != "limit" || one.value("ends_by", "") != "time") left.push_back(one);
  return left;
}

void compare_why(std::uint64_t id, const json& why, const History& history, const Times& times, const JobHolds& holds,
                 const Limits& limits, const Plans& plans, const Rollouts& rollouts, const Complain& complain) {
  const std::string name = "why job " + std::to_string(id) + " waits: ";
  const auto found = history.jobs().find(id);
  if (found == history.jobs().end()) return complain(name + "it is explained, and is not in the log");
  const History::Job& job = found->second;
  if (why.value("status", "") != history.shown_status(job))
    complain(name + "it reads " + why.value("status", "") + ", and the events make it " + history.shown_status(job));
  const json all = expected_conditions(id, job, history, times, holds, limits, plans, rollouts);
  const json shown = without_rates(why.value("conditions", json::array()));
  if (shown.size() != all.size())
    return complain(name + "the conditions are " + shown.dump() + ", and the events make them " + all.dump());
  for (std::size_t i = 0; i < all.size(); ++i) {
    compare_condition(name, shown[i], all[i], complain);
    const std::string kind = all[i]["kind"];
    if (kind == "circuit" && shown[i].value("epoch", std::uint64_t{0}) != history.epoch())
      complain(name + "it names another opening than there is: " + shown[i].dump());
    if (kind == "run_at" && read_time(shown[i].value("until", "")) != times.run_at_us(id))
      complain(name + "it does not wait until its run_at: " + shown[i].dump());
    const std::string count = counted(ready_before(id, job, history, times, holds)) + " ready job";
    if (kind == "lane" && shown[i].value("detail", "").rfind(count, 0) != 0)
      complain(name + "not so many jobs are before it: " + shown[i].value("detail", "") + ", but " + count);
  }
}

void compare_workers(const Seen& seen, const History& history, const Complain& complain) {
  std::map<std::string, std::set<std::uint64_t>> held;
  for (const auto& [id, job] : history.jobs())
    if (job.now().status == "PROCESSING") held[job.worker].insert(id);
  for (const json& worker : seen.workers) {
    const std::string name = worker.value("worker", "");
    const auto found = held.find(name);
    const std::set<std::uint64_t> jobs = found == held.end() ? std::set<std::uint64_t>{} : found->second;
    const auto in_flight = worker.value("in_flight", std::size_t{0});
    if (in_flight != jobs.size())
      complain("worker " + name + " is shown with " + std::to_string(in_flight) + " jobs, and the events give it " +
               std::to_string(jobs.size()));
    for (const json& job : worker.value("jobs", json::array()))
      if (jobs.count(job.value("id", std::uint64_t{0})) == 0)
        complain("worker " + name + " is shown with job " + job.value("id", json()).dump() +
                 ", which it does not hold");
    held.erase(name);
  }
  for (const auto& [name, jobs] : held)
    complain("worker " + name + " holds " + std::to_string(jobs.size()) + " jobs, and is not listed");
}

/// Jobs whose rows are not what the events add up to: that is complained about already.
std::set<std::uint64_t> odd_jobs(const Seen& seen, const History& history) {
  std::set<std::uint64_t> odd;
  for (const json& row : seen.jobs) {
    const auto job = history.jobs().find(row.value("id", std::uint64_t{0}));
    const bool is_whole = job != history.jobs().end() && row.value("status", "") == history.shown_status(job->second) &&
                          row.value("lease", json()).is_null() == job->second.worker.empty();
    if (!is_whole) odd.insert(row.value("id", std::uint64_t{0}));
  }
  return odd;
}

}  // namespace

void check_explanation(const Ended& ended, const Complain& complain) {
  if (!ended.ok() || !ended.data.is_object()) return;
  const std::string name =
      ended.request.job ? "why job " + std::to_string(*ended.request.job) + " waits " : "the list of workers ";
  const auto say = [&](const std::string& what) { complain(name + what + ": " + ended.data.dump()); };
  if (ended.request.kind() == Kind::why) check_why(ended.data, say);
  if (ended.request.kind() == Kind::workers) check_workers(ended.data, say);
}

bool shows_no_circuit(const Ended& ended) {
  if (ended.request.kind() != Kind::why || !ended.ok() || !ended.data.is_object()) return false;
  const std::vector<std::string> found = kinds_in(ended.data);
  return !has(found, "ended") && !has(found, "circuit");
}

void compare_explanations(const Seen& seen, const History& history, const Times& times, const JobHolds& holds,
                          const Limits& limits, const Plans& plans, const Rollouts& rollouts,
                          const Complain& complain) {
  const std::set<std::uint64_t> odd = odd_jobs(seen, history);
  for (const auto& [id, why] : seen.whys)
    if (odd.count(id) == 0) compare_why(id, why, history, times, holds, limits, plans, rollouts, complain);
  if (odd.empty()) compare_workers(seen, history, complain);
}

}  // namespace breakerd::simulation
