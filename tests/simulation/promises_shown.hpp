#pragma once
// A daemon that is quiet and shows what it is told to, for the model's look at everything.

#include <map>
#include <optional>
#include <string_view>

#include "tests/simulation/promises/sha256.hpp"
#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

namespace breakerd::simulation {

class Shown : public Wire {
 public:
  json events = json::array();
  json jobs = json::array();
  json status = {{"circuit_breaker", circuit("closed", 0)},
                 {"job_counts",
                  {{"PENDING", 0},
                   {"PROCESSING", 0},
                   {"PAUSED", 0},
                   {"COMPLETED", 0},
                   {"FAILED", 0},
                   {"EXPIRED", 0},
                   {"CANCELLED", 0},
                   {"scheduled", 0},
                   {"parked", 0}}},
                 {"campaign_counts",
                  {{"CREATED", 0}, {"RUNNING", 0}, {"PAUSED", 0}, {"COMPLETED", 0}, {"FAILED", 0}, {"CANCELLED", 0}}},
                 {"in_flight", 0},
                 {"rollout", nullptr},
                 {"queue", {{"paused", false}, {"holds", json::array()}, {"last_job_id", 0}, {"last_seq", 0}}}};

  json job_holds = json::array();
  json limits = json::array();
  json job_types = json::array();
  json schedules = json::array();
  json commands = json::array();
  json rollout = {{"state", "none"},     {"command_id", nullptr}, {"by", nullptr},
                  {"began_at", nullptr}, {"canary", nullptr},     {"ramp", nullptr}};
  std::optional<json> workers;           ///< none: what the rows of jobs come to
  std::map<std::uint64_t, json> whys;    ///< by job; of others it is what their rows come to
  std::map<std::uint64_t, json> errors;  ///< by job; others have none

  void call(Call call, std::function<void(std::optional<Response>)> done) override {
    if (call.target.find("/workers") != std::string::npos)
      return done(success({{"workers", workers ? *workers : workers_of_rows()}, {"next_cursor", nullptr}}));
    if (call.target.find("/holds") != std::string::npos)
      return done(success({{"holds", job_holds}, {"next_cursor", nullptr}}));
    if (call.target.find("/limits") != std::string::npos)
      return done(success({{"limits", limits}, {"next_cursor", nullptr}}));
    if (call.target.find("/job-types") != std::string::npos)
      return done(success({{"job_types", job_types}, {"next_cursor", nullptr}}));
    if (call.target.find("/schedules") != std::string::npos)
      return done(success({{"schedules", schedules}, {"next_cursor", nullptr}}));
    if (call.target.find("/commands") != std::string::npos)
      return done(success({{"commands", commands}, {"next_cursor", nullptr}}));
    if (call.target.find("/parked") != std::string::npos)
      return done(success({{"jobs", parked()}, {"next_cursor", nullptr}}));
    if (call.target.find("/ramp") != std::string::npos) return done(success(rollout));
    if (call.target.find("/why") != std::string::npos)
      return done(success(why(std::stoul(call.target.substr(std::string_view{"/api/v1/jobs/"}.size())))));
    if (call.target.find("/status") != std::string::npos) return done(success(status));
    if (call.target.find("/jobs?page=") != std::string::npos) return done(success(page(call.target)));
    if (call.target.find("/jobs/") != std::string::npos)
      return done(success(alone(std::stoul(call.target.substr(std::string_view{"/api/v1/jobs/"}.size())))));
    if (call.target.find("/jobs") != std::string::npos)
      return done(success({{"jobs", jobs}, {"next_cursor", nullptr}}));
    if (call.target.find("/campaigns") != std::string::npos) {
      return done(success({{"campaigns", json::array()}, {"next_cursor", nullptr}}));
    }
    const std::size_t from = std::stoul(call.target.substr(call.target.rfind('=') + 1));
    json rest = json::array();
    for (std::size_t seq = from; seq <= events.size(); ++seq) rest.push_back(events[seq - 1]);
    done(success({{"events", rest}, {"next", events.size() + 1}}));
  }

  json workers_of_rows() const {
    json held = json::array();
    for (const json& job : jobs)
      if (!job["lease"].is_null()) held.push_back({{"id", job["id"]}});
    if (held.empty()) return held;
    return json::array({{{"worker", "w"},
                         {"in_flight", held.size()},
                         {"waiting_leases", 0},
                         {"last_heard_at", "then"},
                         {"jobs", held}}});
  }

  json parked() const {
    json rows = json::array();
    for (const json& job : jobs)
      if (job.value("pause_reason", "").rfind("parked: ", 0) == 0) rows.push_back(job);
    return rows;
  }

  json alone(std::uint64_t id) const {
    json row = jobs[id - 1];
    row["errors"] = errors.count(id) > 0 ? errors.at(id) : json::array();
    return row;
  }

  /// Of jobs without a campaign, a priority or a time.
  json why(std::uint64_t id) const {
    if (whys.count(id) > 0) return whys.at(id);
    const json& row = jobs[id - 1];
    const std::string shown_as = row["status"];
    json conditions = json::array();
    const auto add = [&](const char* kind, const std::string& detail, const json& ends_by) {
      conditions.push_back({{"kind", kind}, {"detail", detail}, {"ends_by", ends_by}});
    };
    if (shown_as == "COMPLETED" || shown_as == "CANCELLED" || shown_as == "FAILED") {
      add("ended", "it has ended", shown_as == "FAILED" ? json("retry") : json());
    } else {
      if (status["queue"]["paused"] == true) {
        add("circuit", "it is open", "close");
        conditions.back()["epoch"] = status["circuit_breaker"]["epoch"];
      }
      const bool is_parked = row.value("pause_reason", "").rfind("parked: ", 0) == 0;
      if (is_parked) add("parked", row["pause_reason"], "release");
      std::size_t before = 0;
      for (std::size_t other = 0; other + 1 < id; ++other)
        if (jobs[other]["lease"].is_null() && jobs[other]["finished_at"].is_null()) ++before;
      if (!row["lease"].is_null()) {
        add("lease", "a worker is at it", "worker");
        conditions.back()["by"] = row["worker"];
      } else if (before > 0 && !is_parked) {
        add("lane", std::to_string(before) + " ready jobs are before it", "leases");
      }
    }
    return {{"id", id}, {"status", shown_as}, {"runnable", conditions.empty()}, {"conditions", conditions}};
  }

  /// A numbered page.
  json page(const std::string& target) const {
    const auto after = [&](const std::string& name) {
      const auto at = target.find(name + "=");
      if (at == std::string::npos) return std::string{};
      const auto from = at + name.size() + 1;
      return target.substr(from, target.find('&', from) - from);
    };
    const std::size_t per_page = std::stoul(after("per_page"));
    const std::size_t first = per_page * (std::stoul(after("?page")) - 1);
    json shown = json::array();
    std::size_t total = 0;
    for (const json& job : jobs) {
      const std::string wanted = after("status");
      const std::string type = after("job_type");
      if ((!wanted.empty() && job["status"] != wanted) || (!type.empty() && job["job_type"] != type)) continue;
      if (total >= first && total < first + per_page) shown.push_back(job);
      ++total;
    }
    const json next = total > first + per_page ? json(total) : json();
    return {{"jobs", shown}, {"next_cursor", next}, {"total", after("job_type").empty() ? json(total) : json()}};
  }

  void event(const std::string& type, const std::string& stream, json data,
             const std::string& principal = "anonymous@127.0.0.1") {
    events.push_back({{"seq", events.size() + 1},
                      {"time", "2027-01-15T08:00:00.000000Z"},
                      {"type", type},
                      {"stream", stream},
                      {"principal", principal},
                      {"data", std::move(data)}});
    status["queue"]["last_seq"] = events.size();
  }
  void enqueued(std::uint64_t id) {
    event("JobEnqueued", "job-" + std::to_string(id),
          {{"job", id}, {"campaign", nullptr}, {"job_type", "mail"}, {"max_attempts", 3}, {"max_expiries", 10}});
    jobs.push_back(job_row(id));
    status["queue"]["last_job_id"] = id;
    status["job_counts"]["PENDING"] = jobs.size();
  }
  void leased(std::uint64_t id, const std::string& token) {
    event("JobLeased", "job-" + std::to_string(id),
          {{"job", id}, {"worker", "w"}, {"token_digest", token_digest(token)}, {"attempt", 1}});
    jobs[id - 1].update({{"status", "PROCESSING"}, {"worker", "w"}, {"lease", {{"worker", "w"}}}});
    status["job_counts"]["PENDING"] = jobs.size() - 1;
    status["job_counts"]["PROCESSING"] = 1;
    status["in_flight"] = 1;
  }
  void opened(const std::string& reason = "drill") {
    event("CircuitOpened", "breaker", {{"epoch", 1}, {"by_hand", true}, {"reason", reason}, {"in_flight", "stop"}});
    event("QueuePaused", "queue", {{"epoch", 1}, {"jobs_held", jobs.size()}});
    event("HoldPlaced", "queue", {{"ordinal", 1}, {"kind", "circuit"}});
    status["circuit_breaker"] = circuit("open", 1);
    status["queue"].update({{"paused", true}, {"holds", {{{"kind", "circuit"}}}}});
  }
};

inline void look(ScriptedCalls& script, Shown& shown) {
  bool looked = false;
  script.promises.quiet(script.now_ms, shown, [&](bool whole) { looked = whole; });
  REQUIRE(looked);
}

}  // namespace breakerd::simulation
