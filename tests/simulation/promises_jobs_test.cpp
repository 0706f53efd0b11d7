#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

const std::string autumn = "01a22528-3edc-7b99-a493-80c76353aba8";

json with(json row, const json& changes) {
  row.update(changes);
  return row;
}

}  // namespace

TEST_CASE("a job's whole life is accepted") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1");
  script.end(1, "fail", "t1", with(job_row(1), {{"attempts", 1}}));
  script.lease(1, "t2");
  script.post("/api/v1/jobs/1/complete", {{"token", "t2"}, {"result", 7}},
              with(job_row(1, "COMPLETED"), {{"attempts", 2}, {"result", 7}}));
  script.get("/api/v1/jobs/1", with(job_row(1, "COMPLETED"), {{"attempts", 2}, {"result", 7}}));
  script.refused("/api/v1/jobs/1/cancel", nullptr, refusal(409, "wrong_state"));
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("what was enqueued is not lost") {
  ScriptedCalls script;
  script.enqueue(1);
  SECTION("it is answered as unknown") {
    script.answer(script.begin("GET", "/api/v1/jobs/1"), refusal(404, "not_found"));
    CHECK(script.broke("job 1 is lost"));
  }
  SECTION("its id is given to another") {
    script.enqueue(1);
    CHECK(script.broke("was there before"));
  }
  SECTION("it has another payload") {
    script.get("/api/v1/jobs/1", with(job_row(1), {{"payload", 7}}));
    CHECK(script.broke("another payload"));
  }
  SECTION("a restart makes no difference") {
    script.promises.restarted(script.now_ms);
    script.answer(script.begin("GET", "/api/v1/jobs/1"), refusal(404, "not_found"));
    CHECK(script.broke("job 1 is lost"));
  }
}

TEST_CASE("a job that has ended stays as it ended") {
  ScriptedCalls script;
  script.enqueue(1);
  script.post("/api/v1/jobs/1/cancel", nullptr, job_row(1, "CANCELLED"));
  SECTION("it does not wait again") { script.get("/api/v1/jobs/1", job_row(1)); }
  SECTION("it does not end otherwise") { script.get("/api/v1/jobs/1", job_row(1, "COMPLETED")); }
  SECTION("it is not leased") { script.lease(1, "t1"); }
  INFO(script.sentences());
  CHECK_FALSE(script.kept());
}

TEST_CASE("a read that overlaps an end may see either") {
  ScriptedCalls script;
  script.enqueue(1);
  const CallId read = script.begin("GET", "/api/v1/jobs/1");
  script.post("/api/v1/jobs/1/cancel", nullptr, job_row(1, "CANCELLED"));
  script.answer(read, success(job_row(1)));
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("a result is kept") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1");
  script.post("/api/v1/jobs/1/complete", {{"token", "t1"}, {"result", 7}},
              with(job_row(1, "COMPLETED"), {{"result", 8}}));
  CHECK(script.broke("another result"));
}

TEST_CASE("attempts are what was reported, no fewer and no more") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1");
  SECTION("fewer") {
    script.end(1, "fail", "t1", with(job_row(1), {{"attempts", 1}}));
    script.get("/api/v1/jobs/1", job_row(1));
    CHECK(script.promises.broken().size() == 2);  // and it went back
  }
  SECTION("more") {
    script.get("/api/v1/jobs/1", with(job_row(1), {{"attempts", 1}}));
    CHECK(script.broke("more attempts than anybody can have reported"));
  }
  SECTION("a report whose answer was lost may count") {
    script.lose(script.begin("POST", "/api/v1/jobs/1/fail", {{"token", "t1"}, {"error", "bad row"}}));
    script.get("/api/v1/jobs/1", with(job_row(1), {{"attempts", 1}}));
    CHECK(script.kept());
  }
  SECTION("a service's failure does not count") {
    const json body{{"token", "t1"}, {"error", "429"}, {"service", "apollo"}};
    script.post("/api/v1/jobs/1/fail", body, with(job_row(1, "PAUSED"), {{"attempts", 1}}));
    CHECK(script.broke("more attempts than anybody can have reported"));
  }
}

TEST_CASE("a job fails when its attempts are used up, no sooner") {
  ScriptedCalls script;
  script.enqueue(1);
  script.lease(1, "t1");
  script.end(1, "fail", "t1", with(job_row(1, "FAILED"), {{"attempts", 1}, {"error_type", "unknown"}}));
  CHECK(script.broke("is FAILED with attempts left"));
}

TEST_CASE("a job fails by its expiries only beyond their maximum") {
  ScriptedCalls script;
  script.enqueue(1);
  const std::uint64_t counted = GENERATE(10u, 11u);
  script.get(
      "/api/v1/jobs/1",
      with(job_row(1, "FAILED"), {{"error_type", "lease_expired"}, {"expiries", 11}, {"expiries_counted", counted}}));
  CHECK(script.kept() == (counted == 11));
}

TEST_CASE("a batch is answered with as many ids as it has jobs") {
  ScriptedCalls script;
  const json two = {{{"job_type", "mail"}}, {{"job_type", "mail"}}};
  const std::uint64_t last = GENERATE(5u, 6u);
  script.answer(script.begin("POST", "/api/v1/jobs/batch", two),
                success({{"count", 2}, {"first_id", 4}, {"last_id", last}}, 201));
  CHECK(script.kept() == (last == 5));
}

TEST_CASE("a campaign takes no job when it is sealed, and hands out none before it is started") {
  ScriptedCalls script;
  script.create_campaign(autumn);
  script.enqueue(1, autumn);
  SECTION("sealed") {
    script.campaign(autumn, "seal", "CREATED");
    script.enqueue(2, autumn);
    CHECK(script.broke("took a job after it was sealed"));
  }
  SECTION("not started") {
    script.lease(1, "t1", 1'000, autumn);
    CHECK(script.broke("nobody may have started"));
  }
  SECTION("paused") {
    script.campaign(autumn, "start", "RUNNING");
    script.campaign(autumn, "pause", "PAUSED");
    script.lease(1, "t1", 1'000, autumn);
    CHECK(script.broke("after the campaign was paused"));
  }
  SECTION("lost") {
    script.answer(script.begin("GET", "/api/v1/campaigns/" + autumn), refusal(404, "not_found"));
    CHECK(script.broke("is lost"));
  }
  SECTION("ended, and ended otherwise") {
    script.campaign(autumn, "cancel", "CANCELLED");
    script.get("/api/v1/campaigns/" + autumn, campaign_row(autumn, "FAILED"));
    CHECK(script.broke("had ended as CANCELLED"));
  }
}
