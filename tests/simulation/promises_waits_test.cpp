#include "tests/simulation/promises/waits.hpp"

#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

constexpr std::int64_t longest_ms = 100;

/// A job of campaign c1 that is leased.
class WaitingScript : public ScriptedCalls {
 public:
  WaitingScript() : ScriptedCalls{longest_ms} {
    answer(begin("POST", "/api/v1/campaigns", {{"name", "autumn"}}), success(campaign_row(autumn), 201));
    campaign(autumn, "start", "RUNNING");
    enqueue(1, autumn);
    lease(1, "t1", 60'000, autumn);
    waiting = begin("POST", "/api/v1/jobs/1/heartbeat", {{"token", "t1"}, {"wait_ms", 10'000}});
  }
  void open() {
    opened_ = true;
    post("/api/v1/breaker/open", {{"reason", "x"}},
         {{"state", "open"}, {"epoch", 1}, {"in_flight", "stop"}, {"previous_state", "closed"}, {"changed", true}});
  }
  void answer_wait(bool stop) {
    answer(waiting, success({{"stop", stop}, {"circuit", circuit(opened_ ? "open" : "closed", opened_ ? 1 : 0)}}));
  }

  const std::string autumn = "01a22528-3edc-7b99-a493-80c76353a000";
  CallId waiting = 0;

 private:
  bool opened_ = false;
};

}  // namespace

TEST_CASE("a heartbeat that waits is answered soon after an opening") {
  WaitingScript script;
  script.open();
  script.now_ms += longest_ms;
  SECTION("in time") {
    script.answer_wait(true);
    CHECK_FALSE(script.broke("waited on"));
  }
  SECTION("too late") {
    script.now_ms += 1;
    script.answer_wait(true);
    CHECK(script.broke("waited on"));
  }
}

TEST_CASE("nothing is promised to a heartbeat that waits when the circuit may be closed again") {
  WaitingScript script;
  script.open();
  script.begin("POST", "/api/v1/breaker/close", {{"reason", "x"}});
  script.now_ms += 10 * longest_ms;
  script.answer_wait(false);
  CHECK_FALSE(script.broke("waited on"));
}

TEST_CASE("a heartbeat that waits is answered soon after its own campaign's pause or its own job's cancel") {
  WaitingScript script;
  const auto wait_on = [&] {
    script.now_ms += 10 * longest_ms;
    script.answer_wait(true);
    UNSCOPED_INFO(script.sentences());
    return script.broke("waited on");
  };
  SECTION("the campaign's pause") {
    script.post("/api/v1/campaigns/" + script.autumn + "/pause", {{"reason", "x"}},
                campaign_row(script.autumn, "PAUSED"));
    CHECK(wait_on());
  }
  SECTION("the job's cancel") {
    json cancelled = job_row(1, "CANCELLED");
    cancelled["campaign_id"] = script.autumn;
    script.post("/api/v1/jobs/1/cancel", {{"reason", "x"}}, cancelled);
    CHECK(wait_on());
  }
  SECTION("another campaign's pause") {
    script.post("/api/v1/campaigns/01a22528-3edc-7b99-a493-80c76353a001/pause", {{"reason", "x"}},
                campaign_row("01a22528-3edc-7b99-a493-80c76353a001", "PAUSED"));
    CHECK_FALSE(wait_on());
  }
  SECTION("trouble") {
    script.open();
    script.promises.storage_trouble(script.now_ms);
    CHECK_FALSE(wait_on());
  }
}
