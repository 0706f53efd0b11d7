// Idempotency-Key: a request that is sent again is done once, and answered as it was the first time.

#include <algorithm>
#include <optional>
#include <set>
#include <thread>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/api/keyed_call.hpp>
#include "tests/http/support/keyed_daemon.hpp"
#include "tests/http/support/routes.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

constexpr auto jobs = "/api/v1/jobs";
constexpr auto a_job = R"({"job_type":"mail"})";

}  // namespace

TEST_CASE("an enqueue that is sent again is done once, and answered in the same way") {
  KeyedDaemon d;
  const Response first = d.twice("POST", jobs, R"({"job_type":"mail","payload":{"to":"zoë","result":7}})");
  CHECK(first.status == 201);
  CHECK(first.field("location") == "/api/v1/jobs/1");
  CHECK(first.data().at("payload").at("to") == "zoë");
  CHECK(d.events("JobEnqueued") == 1);
  CHECK(d.events("RequestAnswered") == 1);
}

TEST_CASE("the answer is that of the first time, whatever has become of the job") {
  KeyedDaemon d;
  const Response first = d.post(jobs, a_job);
  d.made("/api/v1/jobs/1/cancel");
  const Response second = d.post(jobs, a_job);
  CHECK(second.body == first.body);
  CHECK(second.data().at("status") == "PENDING");
}

TEST_CASE("an answer shows the payload and the result, which are not kept with it") {
  KeyedDaemon d;
  d.post(jobs, R"({"job_type":"mail","payload":{"secret":"for a while"}})", "one");
  const std::string token =
      d.made("/api/v1/leases", R"({"worker":"w"})").at("jobs").at(0).at("token").get<std::string>();
  const std::string body = R"({"token":")" + token + R"(","result":{"sent":[1,2]}})";
  const Response first = d.post("/api/v1/jobs/1/complete", body, "two");
  CHECK(first.data().at("result").at("sent").size() == 2);
  CHECK(d.post("/api/v1/jobs/1/complete", body, "two").body == first.body);
  CHECK_THAT(d.client.get("/api/v1/events?type=RequestAnswered").body,
             !ContainsSubstring("for a while") && !ContainsSubstring("[1,2]"));
}

TEST_CASE("every kind of change is kept") {
  KeyedDaemon d;
  SECTION("a batch") { d.twice("POST", "/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"b"}])"); }
  SECTION("a campaign") {
    const Response made = d.twice("POST", "/api/v1/campaigns", R"({"name":"spring"})");
    CHECK(d.events("CampaignCreated") == 1);
    CHECK_THAT(made.field("location"), ContainsSubstring("/api/v1/campaigns/"));
  }
  SECTION("an action on a campaign, and a change of it") {
    const std::string path =
        "/api/v1/campaigns/" + d.made("/api/v1/campaigns", R"({"name":"spring"})").at("id").get<std::string>();
    CHECK(d.call("POST", path + "/start", {}, "start").status == 200);
    CHECK(is_replayed(d.call("POST", path + "/start", {}, "start")));
    d.twice("PATCH", path, R"({"name":"summer"})");
  }
  SECTION("a report") {
    d.twice("POST", "/api/v1/breaker/failures", R"({"error":"429"})");
    CHECK(d.events("FailureRecorded") == 0);
  }
  SECTION("an opening by hand") {
    d.twice("POST", "/api/v1/breaker/open", R"({"reason":"x"})");
    CHECK(d.events("OpeningReaffirmed") == 0);
  }
  SECTION("what says when it was") { d.twice("POST", "/api/v1/queue/open-circuit-breaker"); }
  SECTION("a hold") { d.twice("POST", "/api/v1/holds", R"({"job_type":"mail"})"); }
  SECTION("a limit") { d.twice("PUT", "/api/v1/limits/service/apollo", R"({"concurrency":2})"); }
  SECTION("a limit that goes") {
    d.client.call("PUT", "/api/v1/limits/service/apollo", R"({"concurrency":2})");
    d.twice("DELETE", "/api/v1/limits/service/apollo");
  }
  SECTION("a command about many jobs") {
    d.twice("POST", "/api/v1/jobs/retry", R"({"filter":{}})");
    CHECK(d.events("JobCommandStarted") == 1);
  }
  SECTION("what is so already") { d.twice("POST", "/api/v1/breaker/close", R"({"reason":"x"})"); }
}

TEST_CASE("a count or a question changes nothing, and is not kept") {
  KeyedDaemon d;
  for (int i = 0; i < 2; ++i) {
    const Response count = d.post("/api/v1/jobs/retry?dry_run=true", R"({"filter":{}})");
    CHECK(count.status == 200);
    CHECK_FALSE(is_replayed(count));
    CHECK_FALSE(is_replayed(d.post("/api/v1/queue-management/resume-service", R"({"service":"apollo"})")));
  }
  CHECK(d.events("RequestAnswered") == 0);
}

TEST_CASE("an enqueue that found another job is answered with that job again, also when that has let go of its key") {
  KeyedDaemon d;
  const char* const unique = R"({"job_type":"mail","unique_key":"ada","unique":{"on_conflict":"existing"}})";
  d.made(jobs, R"({"job_type":"mail","unique_key":"ada"})");
  const Response first = d.post(jobs, unique);
  CHECK(first.status == 200);
  d.made("/api/v1/jobs/1/cancel");
  const Response second = d.post(jobs, unique);
  CHECK(is_replayed(second));
  CHECK(second.body == first.body);
  CHECK(d.events("JobEnqueued") == 1);
}

TEST_CASE("an enqueue that found a job with a result has it in its answer, which does not keep it") {
  KeyedDaemon d;
  const char* const unique =
      R"({"job_type":"mail","payload":{"result":"paid"},"unique_key":"ada","unique":{"on_conflict":"existing","for_ms":60000}})";
  d.made(jobs, unique);
  const std::string token =
      d.made("/api/v1/leases", R"({"worker":"w"})").at("jobs").at(0).at("token").get<std::string>();
  d.made("/api/v1/jobs/1/complete", R"({"token":")" + token + R"(","result":{"iban":"DE02"}})");
  const Response found = d.twice("POST", jobs, unique);
  CHECK(found.status == 200);
  CHECK(found.data().at("payload").at("result") == "paid");
  CHECK(found.data().at("result").at("iban") == "DE02");
  CHECK_THAT(d.client.get("/api/v1/events?type=RequestAnswered").body,
             !ContainsSubstring("paid") && !ContainsSubstring("DE02"));
}

TEST_CASE("many leases that end are settled once, and answered in the same way") {
  KeyedDaemon d;
  d.made("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"a"}])");
  const auto leased = d.made("/api/v1/leases", R"({"worker":"w","max":2})").at("jobs");
  nlohmann::json settle = nlohmann::json::array();
  for (const auto& job : leased)
    settle.push_back({{"job_id", job.at("id")}, {"token", job.at("token")}, {"outcome", "complete"}});
  settle.push_back({{"job_id", 99U}, {"token", "x"}, {"outcome", "release"}});
  d.twice("POST", "/api/v1/jobs/settle", settle.dump());
  CHECK(d.events("JobCompleted") == 2);
}

TEST_CASE("reports among leases that end are recorded once each") {
  KeyedDaemon d;
  d.made("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"a"}])");
  const auto leased = d.made("/api/v1/leases", R"({"worker":"w","max":2})").at("jobs");
  nlohmann::json settle = nlohmann::json::array();
  for (const auto& job : leased)
    settle.push_back({{"job_id", job.at("id")},
                      {"token", job.at("token")},
                      {"outcome", "fail"},
                      {"error", "429"},
                      {"service", "apollo"}});
  d.twice("POST", "/api/v1/jobs/settle", settle.dump());
  CHECK(d.events("CircuitOpened") == 1);
  CHECK(d.events("FailureRecorded") == 1);
  CHECK(d.events("JobReturned") == 2);
}

TEST_CASE("a key that came with another request is refused by name, and nothing is done") {
  KeyedDaemon d;
  d.post(jobs, a_job);
  for (const Response& other : {d.post(jobs, R"({"job_type":"sms"})"), d.post("/api/v1/holds", a_job),
                                d.post("/api/v1/jobs/retry", a_job), d.call("DELETE", "/api/v1/jobs/1", {})}) {
    INFO(other.body);
    CHECK(other.status == 422);
    CHECK(other.refused_fields() == "Idempotency-Key");
    CHECK_FALSE(is_replayed(other));
  }
  CHECK(d.events("JobEnqueued") == 1);
  CHECK(d.events("JobCancelled") == 0);
}

TEST_CASE("a report is recorded although its key is that of another request") {
  KeyedDaemon d;
  d.post(jobs, a_job);
  const Response refused = d.post("/api/v1/breaker/failures", R"({"error":"429"})");
  CHECK(refused.status == 422);
  CHECK(refused.refused_fields() == "Idempotency-Key");
  CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
  CHECK(d.client.get("/api/v1/breaker").data().at("state") == "open");
}

TEST_CASE("a report that is refused in part is recorded once, and refused in the same way again") {
  KeyedDaemon d;
  const Response first = d.post("/api/v1/breaker/failures", R"({"error":"429","color":"red"})");
  CHECK(first.status == 422);
  const Response second = d.post("/api/v1/breaker/failures", R"({"error":"429","color":"red"})");
  CHECK(second.body == first.body);
  CHECK(is_replayed(second));
  CHECK(second.field("content-type") == "application/problem+json");
  CHECK(d.events("CircuitOpened") == 1);
  CHECK(d.events("FailureRecorded") == 0);
}

TEST_CASE("a refusal that has changed nothing is not kept: asked again, it is decided anew") {
  KeyedDaemon d;
  CHECK(d.post("/api/v1/jobs/1/cancel").status == 404);
  CHECK(d.post("/api/v1/jobs/1/cancel", R"({"reason":7})").status == 422);
  d.made(jobs, a_job);
  const Response done = d.post("/api/v1/jobs/1/cancel");
  CHECK(done.status == 200);
  CHECK_FALSE(is_replayed(done));
}

TEST_CASE("a request that was done is answered so, although it would be refused by now") {
  KeyedDaemon d;
  const Response first = d.post("/api/v1/campaigns", R"({"name":"spring"})", "create");
  const std::string id = first.data().at("id");
  const std::string body = R"({"job_type":"mail","campaign_id":")" + id + R"("})";
  const Response enqueued = d.post(jobs, body);
  d.made("/api/v1/campaigns/" + id + "/seal");
  CHECK(d.client.post(jobs, body).status == 409);
  CHECK(d.post(jobs, body).body == enqueued.body);
}

TEST_CASE("an answer that is too large to be kept is said to be done, with what was made") {
  KeyedDaemon d;
  nlohmann::json batch = nlohmann::json::array();
  for (unsigned i = 0; i < 3'000; ++i) batch.push_back({{"job_type", "mail"}, {"unique_key", std::to_string(i)}});
  const Response first = d.post("/api/v1/jobs/batch", batch.dump());
  REQUIRE(first.status == 201);
  REQUIRE(first.body.size() > limits::kept_answer_bytes_max);
  const Response second = d.post("/api/v1/jobs/batch", batch.dump());
  CHECK(second.status == 200);
  CHECK(is_replayed(second));
  CHECK(second.data() == nlohmann::json{{"done", true},
                                        {"first_event", 1U},
                                        {"last_event", 3'000U},
                                        {"count", 3'000U},
                                        {"first_id", 1U},
                                        {"last_id", 3'000U}});
}

TEST_CASE("without a key, or with another one, the same is done again") {
  KeyedDaemon d;
  d.post(jobs, a_job, "a");
  d.post(jobs, a_job, "b");
  d.made(jobs, a_job);
  d.made(jobs, a_job);
  CHECK(d.events("JobEnqueued") == 4);
  CHECK(d.events("RequestAnswered") == 2);
}

TEST_CASE("calls of leases that live refuse a key by name, and do nothing") {
  TestServer server;
  Client client{server.port()};
  std::set<std::string> refusing;
  for (const http::RouteGroup& group : http::route_groups()) {
    for (const http::Route& route : group.routes) {
      if (route.method == http::Method::get || !route.has_secrets) continue;
      const std::string path = path_of(group, route);
      client.send(with_key(name_of(route.method), path));
      const Response response = client.receive();
      CHECK(response.status == 422);
      CHECK((' ' + response.refused_fields() + ' ').find(" Idempotency-Key ") != std::string::npos);
      CHECK(server.backend.take_submitted().empty());
      refusing.insert(path);
    }
  }
  CHECK(refusing == std::set<std::string>{"/api/v1/jobs/7/heartbeat", "/api/v1/leases"});
}

TEST_CASE("a key is 1 to 255 visible ASCII characters") {
  CHECK(http::is_idempotency_key("!"));
  CHECK(http::is_idempotency_key("\"8e03978e-40d5-43dd-bc93-6894a57f9324\""));
  CHECK(http::is_idempotency_key(std::string(255, '~')));
  for (const std::string& none : {std::string{}, std::string{"two words"}, std::string(256, 'k'),
                                  std::string{"zo\xc3\xab"}, std::string{"tab\there"}, std::string{"\x7f"}})
    CHECK_FALSE(http::is_idempotency_key(none));
}

TEST_CASE("a key that is none is refused by name, and the next request goes on without it") {
  KeyedDaemon d;
  for (const std::string& key : {std::string{}, std::string{"two words"}, std::string(256, 'k')}) {
    const Response refused = d.post(jobs, a_job, key);
    CHECK(refused.status == 422);
    CHECK(refused.refused_fields() == "Idempotency-Key");
    CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("visible ASCII"));
  }
  CHECK(d.made(jobs, a_job).at("id") == 1U);
}

TEST_CASE("a report is recorded although its key is not valid") {
  KeyedDaemon d;
  const Response refused = d.post("/api/v1/breaker/failures", R"({"error":"429"})", "two words");
  CHECK(refused.status == 422);
  CHECK(refused.refused_fields() == "Idempotency-Key");
  CHECK(d.client.get("/api/v1/breaker").data().at("state") == "open");
}

TEST_CASE("a field that is written otherwise is the same field, and two of it are refused") {
  KeyedDaemon d;
  d.client.send(with_field("POST", jobs, a_job, "IDEMPOTENCY-KEY:k"));
  CHECK(d.client.receive().status == 201);
  d.client.send(with_field("POST", jobs, a_job, "idempotency-key:  k  "));
  CHECK(is_replayed(d.client.receive()));
  d.client.send(with_field("POST", jobs, a_job, "Idempotency-Key: k\r\nIdempotency-Key: k"));
  const Response refused = d.client.receive();
  CHECK(refused.status == 400);
  CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("Idempotency-Key"));
}

TEST_CASE("reads may carry a key: asking again changes nothing") {
  KeyedDaemon d;
  CHECK(d.call("GET", "/api/v1/breaker").status == 200);
  const Response second = d.call("GET", "/api/v1/breaker");
  CHECK_FALSE(is_replayed(second));
}

TEST_CASE("while a request is being done, its key is in progress, also when its client has gone") {
  TestServer server;
  server.backend.hold_answers();
  {
    Client first{server.port()};
    first.send(with_key("POST", jobs, a_job));
    server.backend.wait_for(1);
    first.break_off();
  }
  Client second{server.port()};
  second.send(with_key("POST", jobs, a_job));
  const Response refused = second.receive();
  CHECK(refused.status == 409);
  CHECK(refused.code() == "in_progress");
  second.send(with_key("POST", jobs, R"({"job_type":"sms"})"));
  const Response other = second.receive();
  CHECK(other.status == 422);
  CHECK(other.refused_fields() == "Idempotency-Key");
  CHECK_THAT(other.body, ContainsSubstring("is being done") && !ContainsSubstring("before"));
  CHECK(server.backend.submitted_count() == 1);
  server.backend.release_all();
}

TEST_CASE("of two clients that send the same at once, one does it") {
  RealServer server;
  std::vector<Response> answers(8);
  {
    std::vector<std::jthread> clients;
    for (Response& answer : answers)
      clients.emplace_back([&] {
        Client client{server.port()};
        do {
          client.send(with_key("POST", jobs, a_job));
          answer = client.receive();
        } while (answer.status == 409);
      });
  }
  CHECK(std::count_if(answers.begin(), answers.end(), is_replayed) == 7);
  for (const Response& answer : answers) CHECK(answer.body == answers.front().body);
}

TEST_CASE("an answer that cannot be kept is not given: the outcome is unknown, and asked again it is known") {
  KeyedDaemon d;
  const Response first = d.post(jobs, a_job, "before");
  CHECK(first.status == 201);
  d.server.log.fail_next(1);
  const Response failed = d.post("/api/v1/breaker/close", R"({"reason":"x"})");
  CHECK(failed.status == 503);
  CHECK(failed.code() == "outcome_unknown");
}

TEST_CASE("a write that failed is asked for again with the same key, until it is done once") {
  KeyedDaemon d;
  d.server.log.fail_next(1);
  Response answer = d.post(jobs, a_job);
  CHECK(answer.status == 503);
  CHECK(answer.code() == "outcome_unknown");
  while (answer.status == 503) answer = d.post(jobs, a_job);
  CHECK(answer.status == 201);
  CHECK(is_replayed(d.post(jobs, a_job)));
  CHECK(d.events("JobEnqueued") == 1);
}
