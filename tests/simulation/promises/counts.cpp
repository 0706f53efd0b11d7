#include "tests/simulation/promises/counts.hpp"

#include <map>

namespace breakerd::simulation {

namespace {

using nlohmann::json;
using Complain = std::function<void(std::string)>;

json no_counts(std::initializer_list<const char*> statuses) {
  json counts = json::object();
  for (const char* status : statuses) counts[status] = 0;
  return counts;
}

json no_jobs() {
  return no_counts(
      {"PENDING", "PROCESSING", "PAUSED", "COMPLETED", "FAILED", "EXPIRED", "CANCELLED", "scheduled", "parked"});
}

void add_one(json& counts, const std::string& status) { counts[status] = counts.value(status, 0u) + 1; }

void compare(const std::string& what, const json& shown, const json& expected, const Complain& complain) {
  if (shown == expected) return;
  complain(what + " is " + shown.dump() + ", and the events make it " + expected.dump());
}

struct Sums {
  json jobs = no_jobs();
  json campaigns = no_counts({"CREATED", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "CANCELLED"});
  std::uint64_t in_flight = 0;
  std::map<std::string, json> jobs_of;                // by campaign
  std::map<std::string, std::uint64_t> in_flight_of;  // by campaign
};

Sums sums_of(const History& history, const Times& times) {
  Sums sums;
  for (const auto& [id, campaign] : history.campaigns()) {
    add_one(sums.campaigns, history.shown_status(campaign));
    sums.jobs_of[id] = no_jobs();
    sums.in_flight_of[id] = 0;
  }
  for (const auto& [id, job] : history.jobs()) {
    const std::string status = history.shown_status(job);
    const bool is_scheduled = status == "PENDING" && times.waits(id);
    const bool is_parked = job.now().parked > 0;
    add_one(sums.jobs, status);
    if (is_scheduled) add_one(sums.jobs, "scheduled");
    if (is_parked) add_one(sums.jobs, "parked");
    const bool in_flight = job.now().status == "PROCESSING";
    sums.in_flight += in_flight ? 1 : 0;
    if (job.campaign.empty()) continue;
    add_one(sums.jobs_of[job.campaign], status);
    if (is_scheduled) add_one(sums.jobs_of[job.campaign], "scheduled");
    if (is_parked) add_one(sums.jobs_of[job.campaign], "parked");
    sums.in_flight_of[job.campaign] += in_flight ? 1 : 0;
  }
  return sums;
}

void compare_status(const json& status, const History& history, const Sums& sums, const Complain& complain) {
  const json& circuit = status["circuit_breaker"];
  compare("the circuit", circuit.value("state", ""), history.open() ? "open" : "closed", complain);
  compare("the epoch", circuit.value("epoch", json()), history.epoch(), complain);
  compare("job_counts", status.value("job_counts", json()), sums.jobs, complain);
  compare("in_flight", status.value("in_flight", json()), sums.in_flight, complain);
  compare("campaign_counts", status.value("campaign_counts", json()), sums.campaigns, complain);
  const json& queue = status["queue"];
  compare("queue.paused", queue.value("paused", json()), history.open(), complain);
  compare("the number of holds", queue.value("holds", json::array()).size(), history.holds().size(), complain);
  compare("last_seq", queue.value("last_seq", json()), history.last_seq(), complain);
  compare("last_job_id", queue.value("last_job_id", json()),
          history.jobs().empty() ? 0 : history.jobs().rbegin()->first, complain);
}

/// A time is shown exactly when the job waits for one, and for none in queue time while that stands still.
void compare_time(const std::string& name, const json& row, const History& history, const Times& times,
                  const Complain& complain) {
  const auto id = row.value("id", std::uint64_t{0});
  const json shown = row.value("next_attempt_at", json());
  const auto run_at_us = times.run_at_us(id);
  const std::string& kept = history.jobs().at(id).now().status;
  const bool has_time = kept == "PENDING" && times.waits(id) && (run_at_us || !history.open());
  compare(name + "whether it has a next_attempt_at", !shown.is_null(), has_time, complain);
  if (has_time && run_at_us) compare(name + "next_attempt_at", shown, row.value("run_at", json()), complain);
}

void compare_job(const json& row, const History& history, const Times& times, const Complain& complain) {
  const auto id = row.value("id", std::uint64_t{0});
  const std::string name = "job " + std::to_string(id) + ": ";
  const auto found = history.jobs().find(id);
  if (found == history.jobs().end()) return complain(name + "it is shown, and is not in the log");
  const History::Job& job = found->second;
  compare(name + "status", row.value("status", ""), history.shown_status(job), complain);
  const std::string parked = "parked: by command ";
  const std::string reason = row.value("status", "") == "PAUSED" ? row.value("pause_reason", "") : "";
  const std::string told = job.now().parked > 0 ? parked + std::to_string(job.now().parked) : "";
  compare(name + "what it tells of being parked", reason.rfind(parked, 0) == 0 ? reason : "", told, complain);
  compare_time(name, row, history, times, complain);
  compare(name + "attempts", row.value("attempts", json()), job.now().attempts, complain);
  compare(name + "expiries", row.value("expiries", json()), job.now().expiries, complain);
  compare(name + "expiries_counted", row.value("expiries_counted", json()), job.now().expiries_counted, complain);
  compare(name + "campaign_id", row.value("campaign_id", json()), job.campaign.empty() ? json() : json(job.campaign),
          complain);
  compare(name + "worker", row.value("worker", json()), job.worker.empty() ? json() : json(job.worker), complain);
  compare(name + "whether it has a lease", !row.value("lease", json()).is_null(), job.now().status == "PROCESSING",
          complain);
}

void compare_campaign(const json& row, const History& history, const Sums& sums, const Complain& complain) {
  const std::string id = row.value("id", "");
  const std::string name = "campaign " + id + ": ";
  const auto found = history.campaigns().find(id);
  if (found == history.campaigns().end()) return complain(name + "it is shown, and is not in the log");
  const History::Campaign& campaign = found->second;
  compare(name + "status", row.value("status", ""), history.shown_status(campaign), complain);
  compare(name + "sealed", row.value("sealed", json()), campaign.sealed, complain);
  compare(name + "name", row.value("name", json()), campaign.name, complain);
  compare(name + "weight", row.value("weight", json()), campaign.weight, complain);
  compare(name + "job_counts", row.value("job_counts", json()), sums.jobs_of.at(id), complain);
  compare(name + "in_flight", row.value("in_flight", json()), sums.in_flight_of.at(id), complain);
}

}  // namespace

void compare_rows(const Seen& seen, const History& history, const Times& times, const Complain& complain) {
  const Sums sums = sums_of(history, times);
  compare_status(seen.status, history, sums, complain);
  compare("the number of jobs that are listed", seen.jobs.size(), history.jobs().size(), complain);
  compare("the number of campaigns that are listed", seen.campaigns.size(), history.campaigns().size(), complain);
  std::uint64_t last = 0;
  for (const json& row : seen.jobs) {
    const auto id = row.value("id", std::uint64_t{0});
    if (id <= last) complain("the list of jobs is not in the order of ids: " + std::to_string(id));
    last = id;
    compare_job(row, history, times, complain);
  }
  for (const json& row : seen.campaigns) compare_campaign(row, history, sums, complain);
}

}  // namespace breakerd::simulation
