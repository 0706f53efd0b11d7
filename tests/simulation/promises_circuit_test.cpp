#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

const std::string autumn = "01a22528-3edc-7b99-a493-80c76353aba8";

json allowed(bool allowed, std::uint64_t epoch) { return {{"allowed", allowed}, {"epoch", epoch}}; }

}  // namespace

TEST_CASE("an outage that is closed again is accepted, and so is what overlaps it") {
  ScriptedCalls script;
  script.enqueue(1);
  script.get("/api/v1/breaker/allow", allowed(true, 0));
  const CallId early = script.begin("POST", "/api/v1/leases", {{"worker", "w"}});
  script.open(1);
  script.answer(early, success(leased(1, "t1")));
  script.get("/api/v1/breaker/allow", allowed(false, 1));
  script.get("/api/v1/breaker", circuit("open", 1));
  script.close(1);
  script.get("/api/v1/breaker/allow", allowed(true, 1));
  script.end(1, "release", "t1", job_row(1));
  script.lease(1, "t2");
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a lease for a call that began after an opening was answered breaks a promise") {
  ScriptedCalls script;
  script.enqueue(1);
  script.open(1);
  script.lease(1, "t1");
  INFO(script.sentences());
  CHECK(script.broke("job 1 was leased for a call that began after an opening that was answered"));
}

TEST_CASE("after an answered opening a close whose answer was lost explains a lease, and a refused one does not") {
  ScriptedCalls script;
  script.enqueue(1);
  script.open(1);
  const CallId close = script.begin("POST", "/api/v1/breaker/close", {{"epoch", 1}});
  const bool refused = GENERATE(false, true);
  if (refused) {
    script.answer(close, refusal(409, "circuit_changed"));
  } else {
    script.lose(close);
  }
  script.lease(1, "t1");
  CHECK(script.kept() == !refused);
}

TEST_CASE("a close of an earlier opening does not explain what follows a later one") {
  ScriptedCalls script;
  script.enqueue(1);
  script.open(1);
  const CallId close = script.begin("POST", "/api/v1/breaker/close", {{"epoch", 1}});
  script.open(2);
  script.lose(close);
  script.lease(1, "t1");
  CHECK(script.broke("began after an opening that was answered (epoch 2)"));
}

TEST_CASE("a close that was lost before a restart does not explain what follows an opening after it") {
  ScriptedCalls script;
  script.lose(script.begin("POST", "/api/v1/breaker/close"));
  script.promises.restarted(script.now_ms);
  script.open(1);
  script.get("/api/v1/breaker/allow", allowed(true, 1));
  CHECK(script.broke("allow was true"));
}

TEST_CASE("allow and the state may not read closed after an answered opening") {
  ScriptedCalls script;
  script.open(1);
  SECTION("allow") { script.get("/api/v1/breaker/allow", allowed(true, 1)); }
  SECTION("the breaker") { script.get("/api/v1/breaker", circuit("closed", 1)); }
  SECTION("the status") {
    script.get("/api/v1/queue-management/status", {{"circuit_breaker", circuit("closed", 1)}, {"rollout", nullptr}});
  }
  CHECK(script.promises.broken().size() == 1);
}

TEST_CASE("a report whose outcome is unknown shuts the gate all the same, until the process dies") {
  ScriptedCalls script;
  script.refused("/api/v1/breaker/failures", {{"error", "429"}}, refusal(503, "outcome_unknown", "the write failed"));
  const bool dies = GENERATE(false, true);
  if (dies) script.promises.restarted(script.now_ms);
  script.get("/api/v1/breaker/allow", allowed(true, 0));
  CHECK(script.kept() == dies);
}

TEST_CASE("a report that is refused and recorded all the same opens the circuit") {
  ScriptedCalls script;
  const std::string words = "job_id: no; the failure was recorded all the same and the circuit is open";
  script.refused("/api/v1/breaker/failures", {{"error", "429"}, {"job_id", "x"}}, refusal(422, "invalid", words));
  script.get("/api/v1/breaker/allow", allowed(true, 1));
  CHECK(script.broke("allow was true"));
}

TEST_CASE("the epoch does not go back") {
  ScriptedCalls script;
  script.get("/api/v1/breaker", circuit("closed", 3));
  script.get("/api/v1/breaker", circuit("closed", 2));
  CHECK(script.broke("the epoch went back from 3 to 2"));
}

TEST_CASE("a close leaves the campaigns of the outage held, until the queue is resumed") {
  ScriptedCalls script;
  script.create_campaign(autumn);
  script.enqueue(1, autumn);
  script.campaign(autumn, "start", "RUNNING");
  script.open(1);
  script.close(1);
  const bool resumed = GENERATE(false, true);
  if (resumed) script.post("/api/v1/queue-management/resume-queue", nullptr, {{"queue_resumed", true}});
  script.lease(1, "t1", 1'000, autumn);
  INFO(script.sentences());
  CHECK(script.kept() == resumed);
}

TEST_CASE("a hold for a service stops the campaigns that run") {
  ScriptedCalls script;
  script.create_campaign(autumn);
  script.enqueue(1, autumn);
  script.campaign(autumn, "start", "RUNNING");
  script.post("/api/v1/queue-management/pause-campaigns-for-service", {{"service", "apollo"}}, {{"service", "apollo"}});
  script.post("/api/v1/queue-management/resume-campaigns-for-service", {{"service", "hermes"}},
              {{"service", "hermes"}});
  script.lease(1, "t1", 1'000, autumn);
  CHECK(script.broke("under the hold of service apollo"));
}
