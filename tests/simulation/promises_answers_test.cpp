#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

json event(std::uint64_t seq, const std::string& type = "CircuitClosed") {
  return {{"seq", seq},          {"time", "then"},       {"type", type},
          {"stream", "breaker"}, {"principal", "alice"}, {"hash", "h" + std::to_string(seq)}};
}

json page(const json& events, std::uint64_t next) { return {{"events", events}, {"next", next}}; }

}  // namespace

TEST_CASE("each call is answered once") {
  ScriptedCalls script;
  const CallId call = script.begin("GET", "/livez");
  script.answer(call, success({{"live", true}}));
  script.answer(call, success({{"live", true}}));
  CHECK(script.broke("for a second time"));
}

TEST_CASE("refusals have the statuses, codes and fields that are documented") {
  ScriptedCalls script;
  const CallId call = script.begin("POST", "/api/v1/jobs", {{"job_type", 7}});
  Response response = refusal(422, "invalid", "job_type: expected text");
  SECTION("as it should be") {
    script.answer(call, response);
    CHECK(script.kept());
    return;
  }
  SECTION("a status of no meaning") { response = refusal(418, "invalid"); }
  SECTION("a code of another status") { response = refusal(400, "invalid"); }
  SECTION("a conflict of another call") { response = refusal(409, "circuit_changed"); }
  SECTION("no field is named") {
    response.body = json::parse(response.body).patch(R"([{"op":"remove","path":"/errors"}])"_json).dump();
  }
  SECTION("no code") { response.body = "{}"; }
  SECTION("another type") { response.headers["content-type"] = "application/json"; }
  SECTION("503 without Retry-After") {
    response = refusal(503, "unavailable");
    response.headers.erase("retry-after");
  }
  SECTION("405 without Allow") {
    response = refusal(405, "method_not_allowed");
    response.headers.erase("allow");
  }
  script.answer(call, response);
  INFO(script.sentences());
  CHECK(script.promises.broken().size() == 1);
}

TEST_CASE("successes are what the call's documents say") {
  ScriptedCalls script;
  SECTION("200 where something was created") {
    script.answer(script.begin("POST", "/api/v1/campaigns", {{"name", "autumn"}}), success(campaign_row("c")));
    CHECK(script.promises.broken().size() == 2);  // the status, and no Location
  }
  SECTION("no data") {
    script.answer(script.begin("GET", "/livez"), Response{200, "{}", {}});
    CHECK(script.broke("without 'data'"));
  }
  SECTION("there is no such call") {
    script.get("/api/v1/nothing", {{"found", true}});
    CHECK(script.broke("there is no such call"));
  }
  SECTION("an Idempotency-Key was taken") {
    script.promises.begun(77, 0, "user", {"POST", "/api/v1/leases", "{}", {{"Idempotency-Key", "k"}}});
    script.answer(77, success({{"jobs", json::array()}}));
    CHECK(script.broke("Idempotency-Key"));
  }
}

TEST_CASE("events are dense, and the same whenever they are read") {
  ScriptedCalls script;
  script.get("/api/v1/events?from=1&limit=2", page(json::array({event(1), event(2)}), 3));
  SECTION("read again, and on") {
    script.get("/api/v1/events?from=2", page(json::array({event(2), event(3)}), 4));
    script.get("/api/v1/events?from=4", page(json::array(), 4));
    script.get("/api/v1/events?from=1&type=CircuitOpened", page(json::array({event(3)}), 4));
    CHECK(script.broke("event 3 has changed") == false);
    CHECK(script.kept());
  }
  SECTION("one is missing") {
    script.get("/api/v1/events?from=2", page(json::array({event(2), event(4)}), 5));
    CHECK(script.broke("shows event 4 where 3 comes next"));
  }
  SECTION("one has changed") {
    script.get("/api/v1/events?from=2", page(json::array({event(2, "CircuitOpened")}), 3));
    CHECK(script.broke("event 2 has changed"));
  }
  SECTION("one is gone") {
    script.get("/api/v1/events?from=2", page(json::array(), 2));
    CHECK(script.broke("shows no event 2"));
  }
}
