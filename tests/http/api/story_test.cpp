// What the calls mean, over a socket and the real core.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string management = "/api/v1/queue-management/";
const std::string complete_many = "/api/v1/jobs/complete";

/// A running daemon, spoken to as a producer, a worker and an operator would.
struct Daemon {
  RealServer server;
  Client client{server.port()};

  explicit Daemon(std::vector<std::string> services = {}) : server{std::move(services)} {}

  Response get(const std::string& path) { return client.get(path); }
  Response post(const std::string& path, const json& body = nullptr) {
    return client.post(path, body.is_null() ? std::string{} : body.dump());
  }

  /// Posts and expects success.
  json done(const std::string& path, const json& body = nullptr) {
    const Response response = post(path, body);
    INFO(path << " " << body << " " << response.body);
    REQUIRE(response.status / 100 == 2);
    return response.data();
  }

  std::uint64_t enqueue(const json& more = json::object()) {
    json body{{"job_type", "enrich"}};
    body.update(more);
    return done("/api/v1/jobs", body).at("id");
  }

  json lease(unsigned max = 1) { return done("/api/v1/leases", {{"worker", "w1"}, {"max", max}}); }

  /// Leases `count` jobs and gives the items that complete them.
  json lease_items(unsigned count) {
    const json leases = lease(count);
    json items = json::array();
    for (const auto& job : leases.at("jobs")) {
      items.push_back({{"id", job.at("id")}, {"token", job.at("token")}, {"result", {{"row", job.at("id")}}}});
    }
    REQUIRE(items.size() == count);
    return items;
  }

  /// Leases one job and gives it.
  json take() {
    json leases = lease();
    REQUIRE(leases.at("jobs").size() == 1);
    return leases.at("jobs").at(0);
  }

  std::string campaign(const std::string& name = "spring") {
    return done("/api/v1/campaigns", {{"name", name}}).at("id");
  }

  std::string running_campaign() {
    const std::string id = campaign();
    done("/api/v1/campaigns/" + id + "/start");
    return id;
  }

  json job(std::uint64_t id) { return get("/api/v1/jobs/" + std::to_string(id)).data(); }
  json show_campaign(const std::string& id) { return get("/api/v1/campaigns/" + id).data(); }
  json status() { return get(management + "status").data(); }
};

std::string call_of(const json& leased, const std::string& what) {
  return "/api/v1/jobs/" + std::to_string(leased.at("id").get<std::uint64_t>()) + "/" + what;
}

}  // namespace

TEST_CASE("a job goes from enqueue over lease to complete") {
  Daemon d;
  const auto id = d.enqueue({{"payload", {{"n", 1}}}, {"name", "first"}});
  CHECK(id == 1);
  CHECK(d.job(id).at("status") == "PENDING");
  const json leased = d.take();
  CHECK(leased.at("payload") == json::parse(R"({"n":1})"));
  CHECK(leased.at("attempt") == 1);
  CHECK(leased.at("token").get<std::string>().size() == 32);
  CHECK(d.job(id).at("status") == "PROCESSING");
  CHECK(d.job(id).at("worker") == "w1");
  CHECK(d.done(call_of(leased, "heartbeat"), {{"token", leased.at("token")}}).at("stop") == false);
  const json done = d.done(call_of(leased, "complete"), {{"token", leased.at("token")}, {"result", {1, 2}}});
  CHECK(done.at("status") == "COMPLETED");
  CHECK(d.job(id).at("result") == json::parse("[1,2]"));
  CHECK(d.status().at("job_counts").at("COMPLETED") == 1);
}

TEST_CASE("a worker whose complete got lost can tell that it went through") {
  Daemon d;
  d.enqueue();
  const json leased = d.take();
  const json token{{"token", leased.at("token")}};
  d.done(call_of(leased, "complete"), token);
  const Response again = d.post(call_of(leased, "complete"), token);
  CHECK(again.status == 409);
  CHECK(again.code() == "stale_lease");
  CHECK(again.json().at("job_status") == "COMPLETED");
}

TEST_CASE("any token that is not the living lease's is 409") {
  Daemon d;
  d.enqueue();
  const json leased = d.take();
  for (const std::string& bad :
       std::vector<std::string>{"", "x", "zz", std::string(32, '0'), std::string(5'000, 'f')}) {
    for (const std::string what : {"heartbeat", "complete", "release"}) {
      const Response response = d.post(call_of(leased, what), {{"token", bad}});
      CHECK(response.status == 409);
      CHECK(response.code() == "stale_lease");
    }
  }
  CHECK(d.post("/api/v1/jobs/99/complete", {{"token", "x"}}).status == 404);
}

TEST_CASE("a job's own failure is retried up to its attempts") {
  Daemon d;
  const auto id = d.enqueue({{"retry", {{"max_attempts", 2}, {"backoff", {{"kind", "fixed"}, {"base_ms", 0}}}}}});
  for (const char* expected : {"PENDING", "FAILED"}) {
    const json leased = d.take();
    CHECK(d.done(call_of(leased, "fail"), {{"token", leased.at("token")}, {"error", "bad row"}}).at("status") ==
          expected);
  }
  CHECK(d.job(id).at("error") == "bad row");
  CHECK(d.get("/api/v1/breaker/allow").data().at("allowed") == true);
}

TEST_CASE("one service failure stops the world, a human closes and resumes") {
  Daemon d;
  const std::string campaign = d.running_campaign();
  const auto own = d.enqueue({{"campaign_id", campaign}, {"service", "apollo"}});
  const auto other = d.enqueue();
  const json leases = d.lease(2);
  REQUIRE(leases.at("jobs").size() == 2);
  const json& leased = leases.at("jobs").at(0);

  const json failed =
      d.done(call_of(leased, "fail"),
             {{"token", leased.at("token")}, {"error", "429 Too Many Requests"}, {"service", "Apollo"}});
  CHECK(failed.at("attempts") == 0);
  CHECK(failed.at("status") == "PAUSED");
  CHECK(d.get("/api/v1/breaker/allow").data() == json::parse(R"({"allowed":false,"epoch":1})"));
  const json breaker = d.get("/api/v1/breaker").data();
  CHECK(breaker.at("state") == "open");
  CHECK(breaker.at("closed_at").is_null());
  CHECK(breaker.at("metadata").at("service") == "apollo");
  CHECK(breaker.at("metadata").at("last_error") == "429 Too Many Requests");
  CHECK(breaker.at("metadata").at("job_id") == leased.at("id"));
  CHECK(breaker.at("metadata").at("failures") == 1);

  const json paused = d.lease();
  CHECK(paused.at("jobs").empty());
  CHECK(paused.at("paused") == true);
  CHECK(paused.at("circuit").at("state") == "open");
  CHECK(d.show_campaign(campaign).at("status") == "PAUSED");
  CHECK_THAT(d.show_campaign(campaign).at("status_message").get<std::string>(),
             ContainsSubstring("429 Too Many Requests"));
  CHECK(d.status().at("job_counts").at("PAUSED") == 2);
  CHECK(d.status().at("queue").at("paused") == true);

  const json& in_flight = leases.at("jobs").at(1);
  CHECK(d.done(call_of(in_flight, "heartbeat"), {{"token", in_flight.at("token")}}).at("stop") == true);
  CHECK(d.done(call_of(in_flight, "complete"), {{"token", in_flight.at("token")}}).at("status") == "COMPLETED");

  const Response early = d.post(management + "resume-queue");
  CHECK(early.status == 400);
  CHECK_THAT(early.json().at("detail").get<std::string>(), ContainsSubstring("circuit breaker"));
  CHECK(d.post("/api/v1/campaigns/" + campaign + "/resume").status == 409);

  CHECK(d.post("/api/v1/breaker/close", {{"reason", "not seen"}, {"epoch", 7}}).status == 409);
  CHECK(d.done(management + "close-circuit", {{"reason", "quota raised"}}).at("circuit_breaker_state") == "closed");
  CHECK(d.show_campaign(campaign).at("status") == "PAUSED");
  CHECK(d.post("/api/v1/campaigns/" + campaign + "/resume").code() == "held");
  const json resumed = d.done(management + "resume-queue");
  CHECK(resumed.at("campaigns_resumed") == 1);
  CHECK(resumed.at("queue_resumed") == true);
  CHECK(d.show_campaign(campaign).at("status") == "RUNNING");
  CHECK(d.take().at("id") == (leased.at("id") == own ? own : other));
}

TEST_CASE("a report opens the circuit whatever else is wrong with it") {
  Daemon d{{"apollo"}};
  const auto opens = [&](const std::string& path, const json& body, int status) {
    INFO(path << body);
    CHECK(d.post(path, body).status == status);
    CHECK(d.get("/api/v1/breaker/allow").data().at("allowed") == false);
    d.done("/api/v1/breaker/close", {{"reason", "next"}});
  };
  d.enqueue();
  opens("/api/v1/jobs/1/fail", {{"token", "stale"}, {"error", "429"}, {"service", "apollo"}}, 409);
  opens("/api/v1/jobs/77/fail", {{"token", "x"}, {"error", "429"}, {"service", "apollo"}}, 404);
  opens("/api/v1/jobs/nonsense/fail", {{"token", "x"}, {"error", "429"}, {"service", "apollo"}}, 404);
  opens("/api/v1/jobs/1/fail", {{"token", "x"}, {"error", "429"}, {"service", "hermes"}}, 400);
  opens("/api/v1/breaker/failures", {{"error", "429"}, {"service", "hermes"}}, 400);
  opens("/api/v1/breaker/failures", {{"error", "429"}, {"job_id", 12345}}, 200);
  CHECK(d.get("/api/v1/breaker").data().at("epoch") == 6);
}

TEST_CASE("opening an open circuit is recorded and changes nothing, and closing a closed one is not even that") {
  Daemon d;
  CHECK(d.done("/api/v1/queue/close-circuit-breaker").at("success") == false);
  CHECK(d.done("/api/v1/queue/open-circuit-breaker", {{"reason", "drill"}}).at("success") == true);
  const std::uint64_t events = d.get("/api/v1/events?limit=1000").data().at("next");
  CHECK(d.done("/api/v1/queue/open-circuit-breaker", {{"reason", "again"}}).at("success") == false);
  const auto page = d.get("/api/v1/events?limit=1000").data();
  CHECK(page.at("next") == events + 1);
  CHECK(page.at("events").back().at("type") == "OpeningReaffirmed");
  CHECK(d.get("/api/v1/queue/circuit-breaker-status").data().at("metadata").at("reason") == "drill");
  CHECK(d.done(management + "circuit-breakers/any/reset").at("circuit_breaker_state") == "closed");
}

TEST_CASE("resume-service never resumes") {
  Daemon d;
  d.done(management + "pause-service", {{"service", "apollo"}});
  const Response open = d.post(management + "resume-service", {{"service", "apollo"}});
  CHECK(open.status == 200);
  CHECK(open.json().at("status") == "error");
  CHECK(open.data().at("circuit_breaker_state") == "open");
  CHECK(open.data().at("resumed") == false);
  CHECK(open.data().at("message").get<std::string>().starts_with("Cannot resume individual services"));
}

TEST_CASE("a sealed campaign takes no more jobs and completes by itself") {
  Daemon d;
  const std::string id = d.running_campaign();
  d.enqueue({{"campaign_id", id}});
  d.done("/api/v1/campaigns/" + id + "/seal");
  const Response refused = d.post("/api/v1/jobs", {{"job_type", "enrich"}, {"campaign_id", id}});
  CHECK(refused.status == 409);
  CHECK(refused.code() == "sealed");
  const json leased = d.take();
  d.done(call_of(leased, "complete"), {{"token", leased.at("token")}});
  json campaign = d.show_campaign(id);
  for (int i = 0; i < 1'000 && campaign.at("status") != "COMPLETED"; ++i) campaign = d.show_campaign(id);
  CHECK(campaign.at("status") == "COMPLETED");
  CHECK(campaign.at("job_counts").at("COMPLETED") == 1);
  CHECK(!campaign.at("finished_at").is_null());
}

TEST_CASE("campaigns are created, changed, listed and cancelled") {
  Daemon d;
  const std::string id = d.campaign("one");
  CHECK(d.show_campaign(id).at("status") == "CREATED");
  const Response patched = d.client.call("PATCH", "/api/v1/campaigns/" + id, R"({"name":"two","metadata":{"k":[1]}})");
  CHECK(patched.data().at("name") == "two");
  CHECK(d.show_campaign(id).at("metadata") == json::parse(R"({"k":[1]})"));
  CHECK(d.show_campaign(id).at("created_by") == "anonymous@127.0.0.1");
  for (int i = 0; i < 4; ++i) d.campaign();
  const json first = d.get("/api/v1/campaigns?limit=3").data();
  CHECK(first.at("campaigns").size() == 3);
  const json rest = d.get("/api/v1/campaigns?limit=3&cursor=" + first.at("next_cursor").get<std::string>()).data();
  CHECK(rest.at("campaigns").size() == 2);
  CHECK(rest.at("next_cursor").is_null());
  d.enqueue({{"campaign_id", id}});
  CHECK(d.done("/api/v1/campaigns/" + id + "/cancel", {{"reason", "over"}}).at("status") == "CANCELLED");
  CHECK(d.get("/api/v1/campaigns/" + id + "/jobs").data().at("jobs").at(0).at("status") == "CANCELLED");
  CHECK(d.post("/api/v1/campaigns/" + id + "/start").status == 409);
  CHECK(d.get(management + "campaign-status").data().at("totals").at("CANCELLED") == 1);
}

TEST_CASE("campaigns are paused for a service without opening the circuit") {
  Daemon d;
  const std::string id = d.running_campaign();
  d.enqueue({{"campaign_id", id}});
  CHECK(d.done(management + "pause-campaigns-for-service", {{"service", "apollo"}, {"reason", "quota"}})
            .at("campaigns_paused") == 1);
  const json campaigns = d.get(management + "paused-campaigns/apollo").data();
  CHECK(campaigns.at("count") == 1);
  CHECK(campaigns.at("paused_campaigns").at(0).at("id") == id);
  CHECK(d.get(management + "paused-jobs/apollo").data().at("count") == 1);
  CHECK(d.get(management + "campaign-status").data().at("paused_by_service").at("apollo").size() == 1);
  CHECK(d.get("/api/v1/breaker/allow").data().at("allowed") == true);
  const json resumed = d.done(management + "resume-campaigns-for-service", {{"service", "apollo"}});
  CHECK(resumed.at("campaigns_eligible") == 1);
  CHECK(resumed.at("campaigns_resumed") == 1);
}

TEST_CASE("a batch is all or nothing, and pages walk through it") {
  Daemon d;
  std::string lines;
  for (int i = 0; i < 130; ++i)
    lines += R"({"job_type":"t)" + std::to_string(i % 2) + R"(","payload":)" + std::to_string(i) + "}\n";
  const Response response = d.client.call("POST", "/api/v1/jobs/batch", lines, "application/x-ndjson");
  CHECK(response.status == 201);
  CHECK(response.data() == json::parse(R"({"count":130,"first_id":1,"last_id":130})"));
  CHECK(d.post("/api/v1/jobs/batch", json::parse(R"([{"job_type":"a"},{"job_type":""}])")).status == 422);
  CHECK(d.status().at("job_counts").at("PENDING") == 130);
  std::vector<int> payloads;
  std::string cursor;
  do {
    const json page = d.get("/api/v1/jobs?limit=60" + (cursor.empty() ? "" : "&cursor=" + cursor)).data();
    for (const auto& job : page.at("jobs")) payloads.push_back(job.at("payload"));
    cursor = page.at("next_cursor").is_null() ? "" : page.at("next_cursor");
  } while (!cursor.empty());
  REQUIRE(payloads.size() == 130);
  for (int i = 0; i < 130; ++i) CHECK(payloads[static_cast<std::size_t>(i)] == i);
  CHECK(d.get("/api/v1/jobs?job_type=t1&limit=1000").data().at("jobs").size() == 65);
  CHECK(d.get("/api/v1/jobs?status=COMPLETED").data().at("jobs").empty());
}

TEST_CASE("jobs are cancelled, and a lease on one is over") {
  Daemon d;
  d.enqueue();
  const json leased = d.take();
  CHECK(d.done(call_of(leased, "cancel"), {{"reason", "not needed"}}).at("status") == "CANCELLED");
  const Response late = d.post(call_of(leased, "complete"), {{"token", leased.at("token")}});
  CHECK(late.status == 409);
  CHECK(late.json().at("job_status") == "CANCELLED");
  CHECK(d.done(call_of(leased, "cancel")).at("status") == "CANCELLED");  // already so
}

TEST_CASE("released jobs are leased again, and workers take their types only") {
  Daemon d;
  d.enqueue({{"job_type", "a"}});
  const json leased = d.take();
  CHECK(d.done(call_of(leased, "release"), {{"token", leased.at("token")}}).at("status") == "PENDING");
  CHECK(d.done("/api/v1/leases", {{"worker", "w"}, {"job_types", {"b"}}}).at("jobs").empty());
  CHECK(d.done("/api/v1/leases", {{"worker", "w"}, {"job_types", {"b", "a"}}}).at("jobs").size() == 1);
}

TEST_CASE("a worker completes what it leased in one call, and the call may be repeated") {
  Daemon d;
  for (int i = 0; i < 64; ++i) d.enqueue();
  const json items = d.lease_items(64);
  const json done = d.done(complete_many, items);
  CHECK(done.at("completed") == 64);
  CHECK(done.at("results").at(63) == json({{"id", 64}, {"status", "COMPLETED"}}));
  CHECK(d.status().at("job_counts").at("COMPLETED") == 64);
  CHECK(d.job(64).at("result") == json({{"row", 64}}));
  const json events = d.get("/api/v1/events?type=JobCompleted&limit=1000").data().at("events");
  REQUIRE(events.size() == 64);
  for (const auto& event : events) CHECK(event.at("time") == events.at(0).at("time"));  // one batch has one time

  const json again = d.done(complete_many, items);
  CHECK(again.at("completed") == 0);
  for (const auto& result : again.at("results")) {
    CHECK(result.at("code") == "stale_lease");
    CHECK(result.at("job_status") == "COMPLETED");
  }
  CHECK(d.get("/api/v1/events?type=JobCompleted&limit=1000").data().at("events").size() == 64);
}

TEST_CASE("one stale lease holds up none of the other completes") {
  Daemon d;
  for (int i = 0; i < 5; ++i) d.enqueue();
  json items = d.lease_items(5);
  d.done("/api/v1/jobs/2/release", {{"token", items.at(1).at("token")}});
  d.done("/api/v1/jobs/3/cancel");
  items.at(3)["token"] = "never was one";
  items.push_back({{"id", 99}, {"token", "x"}});
  const json done = d.done(complete_many, items);
  CHECK(done.at("completed") == 2);
  const auto told = [&](std::size_t i, const std::string& code, const std::string& job_status) {
    const json& result = done.at("results").at(i);
    CHECK(result.at("code") == code);
    CHECK(result.value("job_status", "") == job_status);
    CHECK(!result.at("detail").get<std::string>().empty());
  };
  told(1, "stale_lease", "PENDING");
  told(2, "stale_lease", "CANCELLED");
  told(3, "stale_lease", "PROCESSING");
  told(5, "not_found", "");
  CHECK(done.at("results").at(4) == json({{"id", 5}, {"status", "COMPLETED"}}));
  CHECK(d.job(1).at("status") == "COMPLETED");
  CHECK(d.job(4).at("status") == "PROCESSING");
}

TEST_CASE("malformed completes change nothing, not even the good ones beside them") {
  Daemon d;
  d.enqueue();
  d.enqueue();
  json items = d.lease_items(2);
  items.at(1).erase("token");
  CHECK(d.post(complete_many, items).refused_fields() == "[1].token");
  items.at(1) = items.at(0);
  CHECK(d.post(complete_many, items).refused_fields() == "[1].id");
  CHECK(d.status().at("job_counts").at("PROCESSING") == 2);
}

TEST_CASE("work in flight is completed in one call while the circuit is open, and ends its campaign") {
  Daemon d;
  const std::string campaign = d.running_campaign();
  for (int i = 0; i < 3; ++i) d.enqueue({{"campaign_id", campaign}});
  d.done("/api/v1/campaigns/" + campaign + "/seal");
  const json items = d.lease_items(3);
  d.done("/api/v1/breaker/open", {{"reason", "drill"}});
  CHECK(d.done(complete_many, items).at("completed") == 3);
  CHECK(d.show_campaign(campaign).at("status") == "COMPLETED");
  CHECK(d.get("/api/v1/breaker/allow").data().at("allowed") == false);
}

TEST_CASE("completes that could not be written are asked again") {
  Daemon d;
  for (int i = 0; i < 8; ++i) d.enqueue();
  const json items = d.lease_items(8);
  d.server.log.fail_next(1);
  const Response failed = d.post(complete_many, items);
  CHECK(failed.status == 503);
  CHECK(failed.code() == "outcome_unknown");
  CHECK(!failed.field("retry-after").empty());
  CHECK(d.status().at("job_counts").at("PROCESSING") == 8);
  Response again = d.post(complete_many, items);
  for (int i = 0; i < 1'000'000 && again.status == 503; ++i)
    again = d.post(complete_many, items);  // the log is reopened
  CHECK(again.data().at("completed") == 8);
  CHECK(d.get("/api/v1/breaker").data().at("state") == "open");
}

TEST_CASE("the log is read in order, page by page") {
  Daemon d;
  d.enqueue();
  d.done("/api/v1/breaker/open", {{"reason", "drill"}});
  d.done("/api/v1/breaker/close", {{"reason", "over"}});
  const json page = d.get("/api/v1/events?from=1&limit=2").data();
  REQUIRE(page.at("events").size() == 2);
  CHECK(page.at("events").at(0).at("seq") == 1);
  CHECK(page.at("events").at(0).at("type") == "JobEnqueued");
  CHECK(page.at("events").at(0).at("principal") == "anonymous@127.0.0.1");
  CHECK(page.at("events").at(0).at("hash").get<std::string>().size() == 64);
  CHECK(page.at("next") == 3);
  const json opened = d.get("/api/v1/events?type=CircuitOpened").data().at("events");
  REQUIRE(opened.size() == 1);
  CHECK(opened.at(0).at("stream") == "breaker");
  const json end = d.get("/api/v1/events?from=1000").data();
  CHECK(end.at("events").empty());
  CHECK(d.get("/api/v1/events?stream=job-1").data().at("events").size() == 1);
}

TEST_CASE("a failed append is told as an unknown outcome, and reads go on") {
  Daemon d;
  d.enqueue();
  d.server.log.fail_next(1);
  const Response response = d.post("/api/v1/jobs", {{"job_type", "enrich"}});
  CHECK(response.status == 503);
  CHECK(response.code() == "outcome_unknown");
  CHECK(!response.field("retry-after").empty());
  CHECK(d.job(1).at("id") == 1);
  CHECK(d.get("/api/v1/breaker/allow").data().at("allowed") == false);
}

TEST_CASE("many connections at once lose nothing") {
  Daemon d;
  constexpr int connections = 16;
  constexpr int each = 50;
  std::vector<std::thread> producers;
  std::atomic<int> accepted = 0;
  for (int i = 0; i < connections; ++i) {
    producers.emplace_back([&] {
      Client client{d.server.port()};
      std::string all;
      for (int n = 0; n < each; ++n) all += request("POST", "/api/v1/jobs", R"({"job_type":"enrich"})");
      client.send(all);
      for (int n = 0; n < each; ++n) accepted += client.receive().status == 201 ? 1 : 0;
    });
  }
  for (auto& producer : producers) producer.join();
  CHECK(accepted == connections * each);
  CHECK(d.status().at("job_counts").at("PENDING") == connections * each);
  CHECK(d.job(connections * each).at("id") == connections * each);
}
