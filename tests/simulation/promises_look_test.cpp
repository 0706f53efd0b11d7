#include <map>

#include "tests/simulation/promises/sha256.hpp"
#include "tests/simulation/promises_shown.hpp"

using namespace breakerd::simulation;

TEST_CASE("SHA-256 is that of FIPS 180") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string(64, 'a')) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST_CASE("a log, rows and counts that fit what was answered are accepted") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.enqueue(2);
  shown.enqueued(2);
  script.lease(1, "t1");
  shown.leased(1, "t1");
  look(script, shown);
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("an acknowledged change without its event breaks a promise") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  SECTION("an enqueue") {
    look(script, shown);
    CHECK(script.broke("'enqueue 1' was acknowledged 1 times"));
  }
  SECTION("a lease") {
    shown.enqueued(1);
    script.lease(1, "t1");
    look(script, shown);
    CHECK(script.broke("was acknowledged 1 times"));
  }
  SECTION("an opening") {
    shown.enqueued(1);
    script.open(1);
    look(script, shown);
    CHECK(script.broke("'open drill' was acknowledged 1 times"));
  }
}

TEST_CASE("an event that nobody can have caused breaks a promise") {
  ScriptedCalls script;
  Shown shown;
  SECTION("a job out of nothing") {
    shown.enqueued(1);
    look(script, shown);
    CHECK(script.broke("nobody can have caused it"));
  }
  SECTION("a close by itself") {
    script.open(1);
    shown.opened();
    shown.event("CircuitClosed", "breaker", {{"epoch", 1}, {"reason", "in time"}}, "breakerd");
    shown.event("QueueResumed", "queue", {{"epoch", 1}});
    shown.status["circuit_breaker"] = circuit("closed", 1);
    shown.status["queue"]["paused"] = false;
    look(script, shown);
    CHECK(script.broke("nobody can have caused it"));
  }
  SECTION("a call whose answer was lost explains it") {
    script.lose(script.begin("POST", "/api/v1/jobs", {{"job_type", "mail"}}));
    shown.enqueued(1);
    look(script, shown);
    CHECK(script.kept());
  }
  SECTION("a call that was refused does not") {
    script.refused("/api/v1/jobs", {{"job_type", "mail"}}, refusal(503, "unavailable", "stopping"));
    shown.enqueued(1);
    look(script, shown);
    CHECK(script.broke("nobody can have caused it"));
  }
}

TEST_CASE("events name the principal that caused them") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  shown.events[0]["principal"] = "mallory";
  look(script, shown);
  CHECK(script.broke("names the principal mallory"));
}

TEST_CASE("events stand in an order that callers can have seen") {
  ScriptedCalls script;
  Shown shown;
  const bool overlap = GENERATE(false, true);
  const CallId early = overlap ? script.begin("POST", "/api/v1/jobs", {{"job_type", "mail"}}) : 0;
  script.enqueue(2);
  if (overlap) {
    script.answer(early, success(job_row(1), 201));
  } else {
    script.enqueue(1);
  }
  shown.enqueued(1);
  shown.enqueued(2);
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept() == overlap);
}

TEST_CASE("counts and rows are what the events add up to") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  SECTION("counts") { shown.status["job_counts"]["PENDING"] = 2; }
  SECTION("in flight") { shown.status["in_flight"] = 1; }
  SECTION("the circuit") { shown.status["circuit_breaker"]["epoch"] = 1; }
  SECTION("holds") { shown.status["queue"]["holds"].push_back({{"kind", "circuit"}}); }
  SECTION("attempts") { shown.jobs[0]["expiries"] = 1; }
  SECTION("status") { shown.jobs[0]["status"] = "PROCESSING"; }
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.promises.broken().size() == 1);
}

TEST_CASE("while the circuit is open jobs read PAUSED") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  script.open(1);
  shown.opened();
  const bool paused = GENERATE(false, true);
  if (paused) {
    shown.jobs[0].update({{"status", "PAUSED"}, {"pause_reason", "Paused"}});
    shown.status["job_counts"].update({{"PENDING", 0}, {"PAUSED", 1}});
  }
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept() == paused);
}

TEST_CASE("a log that breaks its own rules breaks a promise") {
  ScriptedCalls script;
  Shown shown;
  SECTION("a lease while the circuit is open") {
    script.enqueue(1);
    shown.enqueued(1);
    const CallId lease = script.begin("POST", "/api/v1/leases", {{"worker", "w"}, {"lease_ms", 1'000}});
    script.open(1);
    shown.opened();
    script.answer(lease, success(leased(1, "t1")));
    shown.leased(1, "t1");
    shown.jobs[0].update({{"status", "PAUSED"}, {"pause_reason", "Paused"}});
    shown.status["job_counts"].update({{"PROCESSING", 0}, {"PAUSED", 1}});
    look(script, shown);
    CHECK(script.broke("a job is leased while the circuit is open"));
  }
  SECTION("an opening without its hold") {
    script.open(1);
    shown.opened();
    shown.events.erase(2);
    shown.status["queue"].update({{"last_seq", 2}, {"holds", json::array()}});
    look(script, shown);
    CHECK(script.broke("ends before the HoldPlaced"));
  }
  SECTION("openings that skip a number") {
    json state = circuit("open", 2);
    state.update({{"changed", true}, {"previous_state", "closed"}});
    script.post("/api/v1/breaker/open", {{"reason", "drill"}}, state);
    shown.opened();
    shown.events[0]["data"]["epoch"] = 2;
    shown.events[1]["data"]["epoch"] = 2;
    shown.status["circuit_breaker"]["epoch"] = 2;
    look(script, shown);
    CHECK(script.broke("do not count up by one"));
  }
}

TEST_CASE("a job was shown as what it was while the call was under way") {
  ScriptedCalls script;
  Shown shown;
  script.enqueue(1);
  shown.enqueued(1);
  const CallId overlapping = script.begin("GET", "/api/v1/jobs/1");
  script.lease(1, "t1");
  shown.leased(1, "t1");
  script.answer(overlapping, success(job_row(1)));
  const bool late = GENERATE(false, true);
  if (late) script.get("/api/v1/jobs/1", job_row(1));
  look(script, shown);
  INFO(script.sentences());
  CHECK(script.kept() == !late);
}
