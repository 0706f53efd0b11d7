#include "tests/simulation/promises/waiting_leases.hpp"

#include "tests/simulation/promises/time_text.hpp"
#include "tests/simulation/promises_script.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;

namespace {

constexpr std::int64_t longest_ms = 100;
constexpr std::int64_t long_after_ms = 10 * longest_ms;

/// A lease that waits, beside which the others of the script are another user's.
class WaitingScript : public ScriptedCalls {
 public:
  WaitingScript() : ScriptedCalls{longest_ms} {}

  CallId wait(const json& types = nullptr) {
    json body{{"worker", "w"}, {"wait_ms", 10'000}};
    if (!types.is_null()) body["job_types"] = types;
    return begin("POST", "/api/v1/leases", body);
  }
  void answer_empty(CallId id, std::uint64_t epoch = 0) {
    answer(id, success({{"jobs", json::array()}, {"paused", false}, {"circuit", circuit("closed", epoch)}}));
  }
};

}  // namespace

TEST_CASE("a lease that waits is answered by its time") {
  WaitingScript script;
  const CallId waiting = script.wait();
  script.now_ms += 10'000 + longest_ms;
  SECTION("in time") {
    script.answer_empty(waiting);
    CHECK(script.kept());
  }
  SECTION("too late") {
    script.now_ms += 1;
    script.answer_empty(waiting);
    CHECK(script.broke("a lease waited for"));
  }
}

TEST_CASE("no job waits beside a lease that waits for such jobs") {
  WaitingScript script;
  SECTION("it was enqueued") {
    const CallId waiting = script.wait();
    script.enqueue(1);
    script.now_ms += long_after_ms;
    script.answer_empty(waiting);
    CHECK(script.broke("job 1 waited"));
  }
  SECTION("it was released") {
    script.enqueue(1);
    script.lease(1, "t1", 60'000);
    const CallId waiting = script.wait();
    script.end(1, "release", "t1", job_row(1));
    script.now_ms += long_after_ms;
    script.answer_empty(waiting);
    CHECK(script.broke("job 1 waited"));
  }
  SECTION("the circuit was closed") {
    script.enqueue(1);
    script.open(1);
    const CallId waiting = script.wait();
    script.now_ms += long_after_ms;
    script.close(1);
    script.now_ms += long_after_ms;
    script.answer_empty(waiting, 1);
    CHECK(script.broke("job 1 waited"));
  }
}

TEST_CASE("nothing is said of a job that the lease may not take, or that somebody may have") {
  WaitingScript script;
  CallId waiting = 0;
  SECTION("it is of another type") {
    waiting = script.wait({"fax"});
    script.enqueue(1);
  }
  SECTION("it is of a campaign") {
    waiting = script.wait();
    const std::string autumn = "01a22528-3edc-7b99-a493-80c76353a000";
    script.create_campaign(autumn);
    script.enqueue(1, autumn);
  }
  SECTION("it was leased") {
    waiting = script.wait();
    script.enqueue(1);
    script.lease(1, "t1", 60'000);
  }
  SECTION("the lease that it woke was answered before the enqueue") {
    const CallId enqueued = script.begin("POST", "/api/v1/jobs", {{"job_type", "mail"}});
    script.lease(1, "t1", 60'000);
    waiting = script.wait();
    script.answer(enqueued, success(job_row(1), 201));
  }
  SECTION("the answer to another lease was lost") {
    waiting = script.wait();
    script.enqueue(1);
    script.lose(script.begin("POST", "/api/v1/leases", {{"worker", "v"}}));
  }
  SECTION("another lease may have it, whose answer comes behind that of an earlier call") {
    waiting = script.wait();
    script.wait();
    script.enqueue(1);
  }
  SECTION("the circuit may be open") {
    waiting = script.wait();
    script.enqueue(1);
    script.begin("POST", "/api/v1/breaker/open", {{"reason", "drill"}});
  }
  script.now_ms += long_after_ms;
  script.answer_empty(waiting);
  INFO(script.sentences());
  CHECK(script.kept());
}

TEST_CASE("no job is leased to a worker that has gone") {
  std::vector<std::string> broken;
  WaitingLeases leases{[&](std::string sentence) { broken.push_back(std::move(sentence)); }, longest_ms};
  const Request request = parse({"POST", "/api/v1/leases", R"({"worker":"w","wait_ms":10000})", {}});
  const std::int64_t began_us = *read_time("2027-01-15T08:00:00.000000Z");
  leases.begun(request, 1, true, 0, began_us);
  Ended ended{request, 1, 2, 0, 1'000, 1, "w", Outcome::unknown, 0, {}, {}};
  ended.wall_begun_us = began_us;
  ended.wall_ended_us = began_us + 1'000'000;
  leases.ended(ended, ended.wall_ended_us);
  const auto leased_at = [&](const char* time) {
    leases.leased({{"seq", 7}, {"time", time}, {"data", {{"worker", "w"}}}});
  };
  leased_at("2027-01-15T08:00:00.500000Z");
  leased_at("2027-01-15T08:00:01.100000Z");  // it may not have been heard of yet
  CHECK(broken.empty());
  leased_at("2027-01-15T08:00:01.200000Z");
  REQUIRE(broken.size() == 1);
  CHECK(broken.front().find("who had gone") != std::string::npos);
}
