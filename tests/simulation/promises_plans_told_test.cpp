// The model's view of what is answered and shown of plans and parked jobs.

#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

const json parks = json::array({{{"do", "park"}}});

}  // namespace

TEST_CASE("an answer has the plan that was asked for") {
  ScriptedCalls script;
  const json plan{{"actions", parks}};
  const auto close = [&](const json& answered) {
    json state = circuit("closed", 1);
    state.update({{"changed", true}, {"plan", answered}});
    script.post("/api/v1/breaker/close", {{"reason", "drilled"}, {"plan", plan}}, state);
  };
  json row{{"id", 1},           {"kind", "plan"},        {"state", "running"},   {"actions", plan["actions"]},
           {"canary", nullptr}, {"ramp", nullptr},       {"reason", "drilled"},  {"done", 0},
           {"skipped", 0},      {"matched", nullptr},    {"remaining", nullptr}, {"parked", 0},
           {"cancelled", 0},    {"finished_at", nullptr}};
  SECTION("it has") {
    close(row);
    CHECK(script.kept());
  }
  SECTION("it has none") {
    close(nullptr);
    CHECK(script.broke("has a plan exactly when one was asked for"));
  }
  SECTION("it has another one") {
    row["actions"] = json::array();
    close(row);
    CHECK(script.broke("the plan that was asked for is answered with"));
  }
  SECTION("its counts do not agree") {
    row["done"] = 1;
    close(row);
    CHECK(script.broke("what is done is not what is parked and cancelled"));
  }
  SECTION("it was done, and runs") {
    row.update({{"state", "done"}, {"finished_at", "then"}});
    close(row);
    row.update({{"state", "running"}, {"finished_at", nullptr}});
    script.get("/api/v1/commands/1", row);
    CHECK(script.broke("it was done, and is running"));
  }
  SECTION("it was stopped, and is done") {
    row.update({{"state", "stopped"}, {"finished_at", "then"}});
    close(row);
    row["state"] = "done";
    script.get("/api/v1/commands/1", row);
    CHECK(script.broke("it was stopped, and is done"));
  }
  SECTION("a close without a plan is not refused for the state of the circuit") {
    script.refused("/api/v1/breaker/close", {{"reason", "drilled"}}, refusal(409, "wrong_state", "it is CLOSED"));
    CHECK(script.broke("refuses a close without a plan"));
  }
}

TEST_CASE("a parked job reads PAUSED, and tells by what") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  const json actions = parks;
  const json row{
      {"id", 1},        {"kind", "plan"},        {"state", "done"},    {"actions", actions},   {"reason", "r-1"},
      {"done", 1},      {"skipped", 0},          {"matched", nullptr}, {"remaining", nullptr}, {"parked", 1},
      {"cancelled", 0}, {"finished_at", "then"}, {"canary", nullptr},  {"ramp", nullptr}};
  script.post("/api/v1/queue-management/resume-queue", {{"reason", "r-1"}, {"plan", {{"actions", actions}}}},
              {{"plan", row}});
  shown.event("JobCommandStarted", "queue",
              {{"command", 1}, {"kind", "plan"}, {"reason", "r-1"}, {"last_job", 1}, {"actions", actions}});
  shown.event("JobCommandAdvanced", "queue", {{"command", 1}, {"next", 1}, {"done", 1}, {"skipped", 0}, {"parked", 1}},
              "breakerd");
  shown.event("JobParked", "job-1", {{"job", 1}, {"campaign", nullptr}, {"command", 1}}, "breakerd");
  shown.events.back()["cause"] = shown.events.size() - 1;
  shown.event("JobCommandEnded", "queue", {{"command", 1}, {"stopped", false}}, "breakerd");
  shown.commands = json::array({row});
  shown.jobs[0].update({{"status", "PAUSED"}, {"pause_reason", "parked: by command 1"}});
  shown.status["job_counts"].update({{"PENDING", 0}, {"PAUSED", 1}, {"parked", 1}});
  SECTION("it does") {
    look(script, shown);
    INFO(script.sentences());
    CHECK(script.kept());
  }
  SECTION("it is counted as one that waits") {
    shown.status["job_counts"].update({{"PENDING", 1}, {"PAUSED", 0}});
    look(script, shown);
    CHECK(script.broke("job_counts is"));
  }
  SECTION("it reads PENDING") {
    shown.jobs[0].update({{"status", "PENDING"}});
    look(script, shown);
    CHECK(!script.kept());
  }
  SECTION("it was shown as PENDING behind it") {
    look(script, shown);
    script.get("/api/v1/jobs/1", job_row(1));
    look(script, shown);
    CHECK(script.broke("job 1 was shown as PENDING"));
  }
  SECTION("the plan that was acknowledged is not in the log") {
    shown.events = json::array({shown.events[0]});
    shown.jobs[0] = job_row(1);
    shown.status["job_counts"].update({{"PENDING", 1}, {"PAUSED", 0}, {"parked", 0}});
    shown.status["queue"]["last_seq"] = 1;
    shown.commands = json::array();
    look(script, shown);
    CHECK(script.broke("'plan many r-1' was acknowledged 1 times"));
  }
}
