// What the model demands beyond single answers: openings that were promised, lists that are whole, ids in their order,
// expiries that count, and jobs that are leased when nothing holds them.

#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

const json report{{"error", "timeout"}, {"service", "apollo"}};

void report_is_promised(ScriptedCalls& script) {
  script.refused("/api/v1/breaker/failures", report, refusal(503, "outcome_unknown", "the gate is shut"));
}

json jobs(std::initializer_list<std::uint64_t> ids, const json& next) {
  json rows = json::array();
  for (const std::uint64_t id : ids) rows.push_back(job_row(id));
  return {{"jobs", rows}, {"next_cursor", next}};
}

void expired(Shown& shown, bool counted) {
  shown.event("JobLeaseExpired", "job-1", {{"job", 1}, {"campaign", nullptr}, {"worker", "w"}, {"counted", counted}},
              "breakerd");
  shown.jobs[0].update({{"status", "PENDING"}, {"worker", nullptr}, {"lease", nullptr}, {"expiries", 1}});
  shown.jobs[0]["expiries_counted"] = counted ? 1 : 0;
  shown.status["job_counts"].update({{"PENDING", 1}, {"PROCESSING", 0}});
  shown.status["in_flight"] = 0;
}

}  // namespace

TEST_CASE("an opening that was promised is demanded of the log, unless its process has died") {
  ScriptedCalls script;
  Shown shown;
  report_is_promised(script);
  SECTION("the process lives") {
    look(script, shown);
    CHECK(script.broke("'failure timeout' was acknowledged 1 times"));
  }
  SECTION("the process was killed") {
    script.promises.restarted(script.now_ms);
    look(script, shown);
    CHECK(script.kept());
  }
  SECTION("the process has stopped and says that nothing is owed") {
    script.promises.restarted(script.now_ms, true);
    look(script, shown);
    CHECK(script.broke("'failure timeout' was acknowledged 1 times"));
  }
}

TEST_CASE("a promise that comes from a process that has died binds nobody") {
  ScriptedCalls script;
  Shown shown;
  const CallId call = script.begin("POST", "/api/v1/breaker/failures", report);
  script.promises.restarted(script.now_ms);
  script.answer(call, refusal(503, "outcome_unknown", "the gate is shut"));
  look(script, shown);
  CHECK(script.kept());
}

TEST_CASE("a list of jobs is whole") {
  ScriptedCalls script;
  for (std::uint64_t id = 1; id <= 4; ++id) script.enqueue(id);
  SECTION("in one page") { script.get("/api/v1/jobs", jobs({1, 2, 3, 4}, nullptr)); }
  SECTION("in two") {
    script.get("/api/v1/jobs?limit=2", jobs({1, 2}, "2"));
    script.get("/api/v1/jobs?limit=2&cursor=2", jobs({3, 4}, nullptr));
  }
  SECTION("and what a filter leaves out is not missed") {
    script.get("/api/v1/jobs?job_type=mail", jobs({1, 4}, nullptr));
  }
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a list of jobs that leaves one out breaks a promise") {
  ScriptedCalls script;
  for (std::uint64_t id = 1; id <= 4; ++id) script.enqueue(id);
  SECTION("in the middle") {
    script.get("/api/v1/jobs", jobs({1, 2, 4}, nullptr));
    CHECK(script.broke("shows job 4 behind job 2"));
  }
  SECTION("at the beginning") {
    script.get("/api/v1/jobs", jobs({2, 3, 4}, nullptr));
    CHECK(script.broke("shows job 2 behind job 0"));
  }
  SECTION("at the end") {
    script.get("/api/v1/jobs", jobs({1, 2, 3}, nullptr));
    CHECK(script.broke("ends with job 3, and job 4 was acknowledged"));
  }
}

TEST_CASE("campaigns that one process creates have ids in the order of their creation") {
  ScriptedCalls script;
  script.create_campaign("01a22528-3edc-7b99-a493-80c76353aba9");
  SECTION("the later one is less") {
    script.create_campaign("01a22528-3edc-7b99-a493-80c76353aba8");
    CHECK(script.broke("and one that was created before has"));
  }
  SECTION("another process gives it") {
    script.promises.restarted(script.now_ms);
    script.create_campaign("01a22528-3edc-7b99-a493-80c76353aba8");
    CHECK(script.kept());
  }
}

TEST_CASE("an expiry counts, unless something excuses it") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.lease(1, "t1");
  shown.leased(1, "t1");
  SECTION("it counts") {
    expired(shown, true);
    look(script, shown);
    CHECK(script.kept());
  }
  SECTION("it does not") {
    expired(shown, false);
    look(script, shown);
    CHECK(script.broke("the expiry of a lease does not count"));
  }
  SECTION("the daemon was restarted") {
    script.promises.restarted(script.now_ms);
    expired(shown, false);
    look(script, shown);
    CHECK(script.kept());
  }
  SECTION("storage had trouble") {
    script.promises.storage_trouble(script.now_ms);
    expired(shown, false);
    look(script, shown);
    CHECK(script.kept());
  }
}

TEST_CASE("a job that nothing holds does not wait when leases are asked for") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  look(script, shown);
  SECTION("it waits") {
    script.promises.drained();
    CHECK(script.broke("job 1 waits, nothing holds it"));
  }
  SECTION("it was leased") {
    script.lease(1, "t1");
    shown.leased(1, "t1");
    look(script, shown);
    script.promises.drained();
    CHECK(script.kept());
  }
}
