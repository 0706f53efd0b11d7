// The model's view of why a job waits and of who works.

#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

namespace {

json condition(const char* kind, const json& by = nullptr) {
  json made{{"kind", kind}, {"detail", "3 ready jobs, for example"}, {"ends_by", "somebody"}};
  if (!by.is_null()) made["by"] = by;
  return made;
}

json why(const std::string& status, const json& conditions) {
  return {{"id", 1}, {"status", status}, {"runnable", conditions.empty()}, {"conditions", conditions}};
}

json worker(const std::string& name, std::size_t in_flight, const json& jobs, std::size_t waiting = 0) {
  return {{"worker", name},
          {"in_flight", in_flight},
          {"waiting_leases", waiting},
          {"last_heard_at", "then"},
          {"jobs", jobs}};
}

}  // namespace

TEST_CASE("answers that agree with themselves are accepted") {
  ScriptedCalls script;
  script.enqueue(1);
  const std::string target = "/api/v1/jobs/1/why";
  script.get(target, why("PENDING", json::array()));
  script.get(target, why("PAUSED",
                         json::array({condition("circuit"), condition("hold"), condition("hold"), condition("lane")})));
  script.get(target, why("PROCESSING", json::array({condition("lease", "w")})));
  script.get(target, why("CANCELLED", json::array({condition("ended")})));
  script.get(
      "/api/v1/workers",
      {{"workers", json::array({worker("a", 1, json::array({{{"id", 1}}})), worker("b", 0, json::array(), 2)})}});
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("an answer that does not agree with itself breaks a promise") {
  ScriptedCalls script;
  script.enqueue(1);
  const auto ask = [&](const json& answer) { script.get("/api/v1/jobs/1/why", answer); };
  SECTION("runnable with a condition") {
    json answer = why("PENDING", json::array({condition("lane")}));
    answer["runnable"] = true;
    ask(answer);
    CHECK(script.broke("is runnable exactly when there is no condition"));
  }
  SECTION("runnable and not PENDING") {
    ask(why("PROCESSING", json::array()));
    CHECK(script.sentences().find("is runnable, and its job reads PROCESSING") != std::string::npos);
  }
  SECTION("a job at work that nobody holds") {
    ask(why("PROCESSING", json::array({condition("circuit")})));
    CHECK(script.broke("names no lease"));
  }
  SECTION("paused by nothing") {
    ask(why("PAUSED", json::array({condition("lane")})));
    CHECK(script.broke("says nothing that pauses it"));
  }
  SECTION("an end that waits") {
    ask(why("CANCELLED", json::array({condition("ended"), condition("circuit")})));
    CHECK(script.broke("has 'ended' alone"));
  }
  SECTION("another order") {
    ask(why("PAUSED", json::array({condition("hold"), condition("circuit")})));
    CHECK(script.broke("in another order"));
  }
  SECTION("one twice") {
    ask(why("PENDING", json::array({condition("lane"), condition("lane")})));
    CHECK(script.broke("in another order, twice"));
  }
  SECTION("workers that are not sorted") {
    script.get("/api/v1/workers",
               {{"workers", json::array({worker("b", 0, json::array(), 1), worker("a", 0, json::array(), 1)})}});
    CHECK(script.broke("is not sorted by name"));
  }
  SECTION("a worker that does nothing") {
    script.get("/api/v1/workers", {{"workers", json::array({worker("b", 0, json::array())})}});
    CHECK(script.broke("neither works nor waits"));
  }
  SECTION("a worker with fewer jobs than it holds") {
    script.get("/api/v1/workers", {{"workers", json::array({worker("b", 2, json::array({{{"id", 1}}}))})}});
    CHECK(script.broke("names 1 jobs of worker b, which holds 2"));
  }
}

TEST_CASE("a job does not wait for a circuit that is known to be open") {
  ScriptedCalls script;
  script.enqueue(1);
  script.open(1);
  script.get("/api/v1/jobs/1/why", why("PENDING", json::array()));
  CHECK(script.broke("a job was said not to wait for the circuit"));
}

TEST_CASE("what a quiet daemon says of jobs that wait is what its events add up to") {
  ScriptedCalls script;
  Shown shown;
  for (std::uint64_t id = 1; id <= 2; ++id) {
    script.enqueue(id);
    shown.enqueued(id);
  }
  SECTION("it is") { look(script, shown); }
  SECTION("a job is forgotten that is before it") {
    shown.whys[2] = why("PENDING", json::array());
    look(script, shown);
    CHECK(script.broke("why job 2 waits: the conditions are []"));
  }
  SECTION("too many are before it") {
    json lane = condition("lane");
    lane["ends_by"] = "leases";
    shown.whys[2] = why("PENDING", json::array({lane}));
    look(script, shown);
    CHECK(script.broke("why job 2 waits: not so many jobs are before it"));
  }
  SECTION("another worker is named") {
    script.lease(1, "t1");
    shown.leased(1, "t1");
    json lease = condition("lease", "another");
    lease["ends_by"] = "worker";
    shown.whys[1] = why("PROCESSING", json::array({lease}));
    look(script, shown);
    CHECK(script.broke("why job 1 waits: the condition"));
  }
  SECTION("another opening is named") {
    script.open(1);
    shown.opened();
    for (json& job : shown.jobs) job.update({{"status", "PAUSED"}, {"pause_reason", "open"}});
    shown.status["job_counts"].update({{"PENDING", 0}, {"PAUSED", 2}});
    json circuit = condition("circuit");
    circuit.update({{"ends_by", "close"}, {"epoch", 7}});
    shown.whys[1] = why("PAUSED", json::array({circuit}));
    look(script, shown);
    CHECK(script.broke("why job 1 waits: it names another opening"));
  }
}

TEST_CASE("a quiet daemon shows the errors of a job that its events have") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  const json row = job_row(1);
  const auto fail = [&](const std::string& token) {
    script.lease(1, token);
    shown.leased(1, token);
    json failed = row;
    failed["attempts"] = 1;
    failed["next_attempt_at"] = nullptr;
    script.end(1, "fail", token, failed);
    shown.event("JobAttemptFailed", "job-1",
                {{"job", 1}, {"campaign", nullptr}, {"attempt", 1}, {"error", "bad row"}, {"error_type", nullptr}});
    shown.jobs[0] = failed;
    shown.status["job_counts"].update({{"PENDING", 1}, {"PROCESSING", 0}});
    shown.status["in_flight"] = 0;
  };
  fail("t1");
  const json expected{{"time", "2027-01-15T08:00:00.000000Z"},
                      {"worker", "w"},
                      {"attempt", 1},
                      {"error", "bad row"},
                      {"error_type", nullptr},
                      {"service", nullptr}};
  SECTION("it does") {
    shown.errors[1] = json::array({expected});
    look(script, shown);
    INFO(script.sentences());
    CHECK(script.kept());
  }
  SECTION("it has forgotten one") {
    look(script, shown);
    CHECK(script.broke("job 1 shows the errors []"));
  }
}

TEST_CASE("a quiet daemon lists those who hold jobs, with these jobs") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.lease(1, "t1");
  shown.leased(1, "t1");
  SECTION("it does") {
    look(script, shown);
    CHECK(script.kept());
  }
  SECTION("one is forgotten") {
    shown.workers = json::array();
    look(script, shown);
    CHECK(script.broke("worker w holds 1 jobs, and is not listed"));
  }
  SECTION("one holds nothing") {
    shown.workers = shown.workers_of_rows();
    shown.workers->push_back(worker("x", 1, json::array()));
    look(script, shown);
    CHECK(script.broke("worker x is shown with 1 jobs, and the events give it 0"));
  }
  INFO(script.sentences());
}
