#pragma once
// A daemon that is quiet and shows what it is told to, for the model's look at everything.

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
                   {"CANCELLED", 0},
                   {"scheduled", 0}}},
                 {"campaign_counts",
                  {{"CREATED", 0}, {"RUNNING", 0}, {"PAUSED", 0}, {"COMPLETED", 0}, {"FAILED", 0}, {"CANCELLED", 0}}},
                 {"in_flight", 0},
                 {"queue", {{"paused", false}, {"holds", json::array()}, {"last_job_id", 0}, {"last_seq", 0}}}};

  void call(Call call, std::function<void(std::optional<Response>)> done) override {
    if (call.target.find("/status") != std::string::npos) return done(success(status));
    if (call.target.find("/jobs?page=") != std::string::npos) return done(success(page(call.target)));
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
    event("CircuitOpened", "breaker", {{"epoch", 1}, {"by_hand", true}, {"reason", reason}});
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
