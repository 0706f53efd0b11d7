// What an opening says of jobs in flight, over a socket and the real core.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string open_call = "/api/v1/breaker/open";

/// A daemon with a job that a worker holds.
struct Daemon : RealDaemon {
  Daemon() {
    post("/api/v1/jobs", {{"job_type", "mail"}});
    token_ = post("/api/v1/leases", {{"worker", "w"}}).at("jobs").at(0).at("token");
  }
  bool is_stopped() { return post("/api/v1/jobs/1/heartbeat", {{"token", token_}}).at("stop"); }
  json complete() { return post("/api/v1/jobs/1/complete", {{"token", token_}}); }
  json circuit() { return get("/api/v1/queue-management/status").at("circuit_breaker"); }

 private:
  std::string token_;
};

}  // namespace

TEST_CASE("with finish a job in flight is not told to stop, completes, and nothing new is leased") {
  Daemon d;
  const json opened = d.post(open_call, {{"reason", "drill"}, {"in_flight", "finish"}});
  CHECK(opened.at("in_flight") == "finish");
  CHECK(opened.at("message") == "Circuit breaker opened: drill; jobs in flight are left to finish");
  CHECK(d.circuit().at("in_flight") == "finish");
  CHECK_FALSE(d.is_stopped());
  CHECK(d.get("/api/v1/jobs/1").at("status") == "PAUSED");
  d.enqueue("mail");
  CHECK(d.post("/api/v1/leases", {{"worker", "w"}}).at("jobs").empty());
  CHECK(d.get("/api/v1/breaker/allow").at("allowed") == false);
  CHECK(d.complete().at("status") == "COMPLETED");
  CHECK_FALSE(d.post("/api/v1/breaker/close", {{"reason", "over"}}).contains("in_flight"));
}

TEST_CASE("who asks once more for an opening may change its choice, and the log tells each") {
  Daemon d;
  d.post(open_call, {{"reason", "drill"}, {"in_flight", "finish"}});
  const json again = d.post("/api/v1/queue/open-circuit-breaker", {{"reason", "x"}});
  CHECK(again.at("message") == "Circuit breaker is already open");
  CHECK_FALSE(d.is_stopped());
  const json stop = d.post(open_call, {{"reason", "x"}, {"in_flight", "stop"}});
  CHECK(stop.at("changed") == false);
  CHECK(stop.at("message") == "Circuit breaker is already open; jobs in flight are told to stop");
  CHECK(stop.at("in_flight") == "stop");
  CHECK(d.is_stopped());
  const json finish =
      d.post("/api/v1/queue-management/pause-service", {{"service", "apollo"}, {"in_flight", "finish"}});
  CHECK_THAT(finish.at("message").get<std::string>(), ContainsSubstring("; jobs in flight are left to finish"));
  CHECK_FALSE(d.is_stopped());
  const json events = d.get("/api/v1/events?limit=1000&type=OpeningReaffirmed").at("events");
  std::vector<json> choices;
  for (const json& event : events) choices.push_back(event.at("data").at("in_flight"));
  CHECK(choices == std::vector<json>{"finish", "stop", "finish"});
}

TEST_CASE("a choice that is none changes nothing") {
  Daemon d;
  const json bad{{"reason", "x"}, {"in_flight", "both"}};
  CHECK(d.client.post(open_call, bad.dump()).status == 422);
  CHECK(d.circuit().at("state") == "closed");
  d.post(open_call, {{"reason", "drill"}, {"in_flight", "finish"}});
  const json before = d.circuit();
  CHECK(d.client.post(open_call, bad.dump()).refused_fields() == "in_flight");
  CHECK(d.circuit() == before);
}
