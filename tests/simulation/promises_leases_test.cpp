#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

TEST_CASE("a second lease is accepted when the first one has ended, may have ended, or has expired") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1", 1'000);
  SECTION("released") { script.end(1, "release", "t1", job_row(1)); }
  SECTION("a release whose answer was lost") {
    script.lose(script.begin("POST", "/api/v1/jobs/1/release", {{"token", "t1"}}));
  }
  SECTION("expired") { script.now_ms += 1'000; }
  script.lease(1, "t2");
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a job does not have two owners") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1", 1'000);
  SECTION("at once") {}
  SECTION("shortly before it expires") { script.now_ms += 990; }
  SECTION("after a heartbeat") {
    script.now_ms += 900;
    script.post("/api/v1/jobs/1/heartbeat", {{"token", "t1"}}, {{"stop", false}, {"circuit", circuit("closed", 0)}});
    script.now_ms += 900;
  }
  SECTION("after a restart, which gives it a whole period again") {
    script.now_ms += 900;
    script.promises.restarted(script.now_ms);
    script.now_ms += 900;
  }
  SECTION("after a release that was refused") {
    script.refused("/api/v1/jobs/1/release", {{"token", "t1"}}, refusal(503, "unavailable", "stopping"));
  }
  script.lease(1, "t2");
  INFO(script.sentences());
  CHECK(script.broke("two owners"));
}

TEST_CASE("of two leases that were asked for at once, one may have expired before the other") {
  ScriptedCalls script;
  script.enqueue(1);
  const CallId first = script.begin("POST", "/api/v1/leases", {{"worker", "w"}, {"lease_ms", 100}});
  const CallId second = script.begin("POST", "/api/v1/leases", {{"worker", "v"}, {"lease_ms", 30'000}});
  script.now_ms += 200;
  script.answer(second, success(leased(1, "t2")));
  script.answer(first, success(leased(1, "t1")));
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a token is given once") {
  ScriptedCalls script;
  script.enqueue(1);
  script.enqueue(2);
  script.lease(1, "t1");
  script.lease(2, "t1");
  CHECK(script.broke("was given twice"));
}

TEST_CASE("a token is no good when its lease has ended") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1", 1'000);
  SECTION("it was released") {
    script.end(1, "release", "t1", job_row(1));
    script.end(1, "complete", "t1", job_row(1, "COMPLETED"));
  }
  SECTION("the job was leased anew") {
    script.now_ms += 2'000;
    script.lease(1, "t2");
    script.end(1, "complete", "t1", job_row(1, "COMPLETED"));
  }
  SECTION("nobody was given it") { script.end(1, "complete", "invented", job_row(1, "COMPLETED")); }
  INFO(script.sentences());
  CHECK(script.broke("was accepted with"));
}

TEST_CASE("a token is good while its lease lives") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1", 1'000);
  const bool expired = GENERATE(false, true);
  if (expired) script.now_ms += 1'000;
  script.refused("/api/v1/jobs/1/complete", {{"token", "t1"}}, refusal(409, "stale_lease"));
  INFO(script.sentences());
  CHECK(script.kept() == expired);
}

TEST_CASE("a cancel may have made a token stale") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1", 1'000);
  script.lose(script.begin("POST", "/api/v1/jobs/1/cancel"));
  script.refused("/api/v1/jobs/1/heartbeat", {{"token", "t1"}}, refusal(409, "stale_lease"));
  CHECK(script.kept());
}

TEST_CASE("completes of many are answered item by item") {
  ScriptedCalls script;
  script.enqueue(1);
  script.enqueue(2);
  script.lease(1, "t1");
  const json items = {{{"id", 1}, {"token", "t1"}}, {{"id", 2}, {"token", "none"}}};
  json first{{"id", 1}, {"status", "COMPLETED"}};
  json second{{"id", 2}, {"code", "stale_lease"}, {"job_status", "PENDING"}, {"detail", "no"}};
  SECTION("as it should be") {
    script.post("/api/v1/jobs/complete", items, {{"completed", 1}, {"results", {first, second}}});
    CHECK(script.kept());
  }
  SECTION("in another order") {
    script.post("/api/v1/jobs/complete", items, {{"completed", 1}, {"results", {second, first}}});
    CHECK(script.broke("in their order"));
  }
  SECTION("counted wrongly") {
    script.post("/api/v1/jobs/complete", items, {{"completed", 2}, {"results", {first, second}}});
    CHECK(script.broke("counts its completes wrongly"));
  }
}

TEST_CASE("no more jobs are leased than were asked for, and of no other type") {
  ScriptedCalls script;
  script.enqueue(1);
  script.post("/api/v1/leases", {{"worker", "w"}, {"job_types", {"render"}}}, leased(1, "t1"));
  CHECK(script.broke("of a type that was not asked for"));
}
