// Idempotency-Key on calls that are many changes, and reports of failures among them: none is lost.

#include <breakerd/events/codec/request_name.hpp>
#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/keyed_daemon.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eventually.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

constexpr auto settle = "/api/v1/jobs/settle";
constexpr auto failures = "/api/v1/breaker/failures";
const Error storage_is_down = make_error(ErrorCode::unavailable, "storage is down: nothing was done");

json end_of(JobId job, const std::string& token, const std::string& outcome, json more = json::object()) {
  more.update({{"job_id", job}, {"token", token}, {"outcome", outcome}});
  return more;
}

json report_of(JobId job, const std::string& token) {
  return end_of(job, token, "fail", {{"error", "429"}, {"service", "apollo"}});
}

/// A daemon with jobs that a worker has.
struct Settling : KeyedDaemon {
  std::vector<std::string> tokens;

  explicit Settling(std::size_t count) {
    json batch = json::array();
    for (std::size_t i = 0; i < count; ++i) batch.push_back({{"job_type", "a"}});
    made("/api/v1/jobs/batch", batch.dump());
    const json leased = made("/api/v1/leases", json{{"worker", "w"}, {"max", count}}.dump());
    for (const json& job : leased.at("jobs")) tokens.push_back(job.at("token"));
    REQUIRE(tokens.size() == count);
  }
  std::string status_of(JobId job) {
    return client.get("/api/v1/jobs/" + std::to_string(job)).data().at("status").get<std::string>();
  }
  std::string circuit() { return client.get("/api/v1/breaker").data().at("state").get<std::string>(); }
  /// Once storage has no trouble any more.
  Response ask_again(const std::string& body) {
    breakerd::test::eventually("storage", [&] { return client.get("/readyz").status == 200; });
    return post(settle, body);
  }
};

}  // namespace

TEST_CASE("of a settle whose report alone was written, a repeat does the rest") {
  Settling d{3};
  const std::string body =
      json{report_of(1, d.tokens[0]), end_of(2, d.tokens[1], "complete"), end_of(3, d.tokens[2], "complete")}.dump();
  d.server.log.fail_next(1, 1);
  CHECK(d.post(settle, body).code() == "outcome_unknown");
  CHECK(d.status_of(1) != "PROCESSING");
  CHECK(d.status_of(2) != "COMPLETED");
  const Response again = d.ask_again(body);
  CHECK(again.status == 200);
  CHECK_FALSE(is_replayed(again));
  const json settled = again.data().at("settled");
  CHECK(settled.at(0).at("code") == "stale_lease");
  CHECK_THAT(settled.at(0).at("detail").get<std::string>(), ContainsSubstring("was recorded before"));
  CHECK(settled.at(1) == json{{"id", 2}, {"status", "COMPLETED"}});
  CHECK(settled.at(2) == json{{"id", 3}, {"status", "COMPLETED"}});
  CHECK_THAT(d.client.get("/api/v1/events?type=CircuitOpened").body, ContainsSubstring("apollo"));
  CHECK_THAT(d.client.get("/api/v1/events?type=FailureRecorded").body, !ContainsSubstring("apollo"));
  const Response third = d.post(settle, body);
  CHECK(is_replayed(third));
  CHECK(third.body == again.body);
}

TEST_CASE("of a settle whose report was written later, without the job, a repeat gives the job back") {
  Settling d{2};
  const std::string body = json{report_of(1, d.tokens[0]), end_of(2, d.tokens[1], "complete")}.dump();
  d.server.log.fail_next(1);
  CHECK(d.post(settle, body).code() == "outcome_unknown");
  breakerd::test::eventually("the failure in the log", [&] {
    return d.client.get("/api/v1/events?limit=1000").body.find("\"429\"") != std::string::npos;
  });
  const json settled = d.ask_again(body).data().at("settled");
  CHECK(settled.at(0).at("id") == 1);
  CHECK(settled.at(0).contains("status"));
  CHECK(settled.at(1) == json{{"id", 2}, {"status", "COMPLETED"}});
  CHECK(d.client.get("/api/v1/jobs/1").data().at("lease").is_null());
}

TEST_CASE("of a settle that was refused, and its report written, a repeat is refused in the same words") {
  Settling d{2};
  const std::string body = json{report_of(1, d.tokens[0]), end_of(2, d.tokens[1], "finish")}.dump();
  d.server.log.fail_next(1, 1);
  CHECK(d.post(settle, body).status == 503);
  const Response again = d.ask_again(body);
  CHECK(again.status == 422);
  CHECK(again.refused_fields() == "[1].outcome");
  CHECK(is_replayed(d.post(settle, body)));
  CHECK_THAT(d.client.get("/api/v1/events?type=FailureRecorded").body, !ContainsSubstring("apollo"));
}

TEST_CASE("an answer about many leases that is too large to be kept is said to be done, with counts") {
  Settling d{2};
  json complete = json::array();
  json ends = json::array();
  for (JobId i = 0; i < limits::complete_batch_max; ++i) {
    const bool is_leased = i < d.tokens.size();
    const JobId id = is_leased ? i + 1 : 1'000'000'000'000 + i;
    const std::string token = is_leased ? d.tokens[i] : std::string(32, 'a');
    complete.push_back({{"id", id}, {"token", token}});
    ends.push_back(end_of(id, token, "release"));
  }
  const bool is_settle = GENERATE(true, false);
  const char* const path = is_settle ? settle : "/api/v1/jobs/complete";
  const std::string body = (is_settle ? ends : complete).dump();
  const Response first = d.post(path, body);
  REQUIRE(first.status == 200);
  REQUIRE(first.body.size() > limits::kept_answer_bytes_max);
  const Response second = d.post(path, body);
  CHECK(second.status == 200);
  CHECK(is_replayed(second));
  CHECK(second.data() == json{{"done", true}, {"ended", 2U}, {"refused", complete.size() - 2}});
  CHECK(d.events("RequestAnswered") == 1);
}

TEST_CASE("a report in a later step is recorded although its key is that of another request, and no lease ends") {
  Settling d{1};
  d.post("/api/v1/jobs", R"({"job_type":"b"})");
  const Response refused = d.post(settle, json{end_of(1, d.tokens[0], "release"), report_of(1, d.tokens[0])}.dump());
  CHECK(refused.status == 422);
  CHECK(refused.refused_fields() == "Idempotency-Key");
  CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
  CHECK(d.circuit() == "open");
  CHECK(d.events("JobReleased") == 0);
  CHECK(d.events("JobReturned") == 0);
}

TEST_CASE("a report in a later step is recorded although its key is another request's that is being done") {
  TestServer server;
  server.backend.hold_answers();
  Client first{server.port()};
  first.send(with_key("POST", "/api/v1/jobs", R"({"job_type":"a"})"));
  server.backend.wait_for(1);
  Client second{server.port()};
  second.send(with_key("POST", settle, json{end_of(1, "t", "release"), report_of(1, "t")}.dump()));
  server.backend.wait_for(2);
  const auto failure = server.backend.take_one<RecordFailure>();
  CHECK(failure.service == "apollo");
  CHECK(failure.job == 1);
  server.backend.release_all();
  CHECK(second.receive().status == 422);
}

TEST_CASE("a report whose key cannot be looked up has a name that the log has from this day alone") {
  TestServer server;
  server.backend.fail_reads(storage_is_down);
  Client client{server.port()};
  const KeyUse before = key_use_at(machine_clock().wall());
  client.send(with_key("POST", failures, R"({"error":"429"})"));
  CHECK(client.receive().status == 200);
  const KeyUse after = key_use_at(machine_clock().wall());
  const auto submitted = server.backend.take_submitted();
  REQUIRE_FALSE(submitted.empty());
  CHECK(std::holds_alternative<RecordFailure>(submitted[0].command));
  const KeyUse use = key_use_in(submitted[0].operation);
  CHECK((use == before || use == after));
}

TEST_CASE("a report in a later step is submitted although its key cannot be looked up, and all else is not") {
  TestServer server;
  server.backend.fail_reads(storage_is_down);
  Client client{server.port()};
  client.send(with_key("POST", settle, json{end_of(1, "t", "release"), report_of(1, "t")}.dump()));
  CHECK(client.receive().status == 200);
  const auto submitted = server.backend.take_submitted();
  REQUIRE(submitted.size() >= 2);
  CHECK(std::holds_alternative<ReleaseJob>(submitted[0].command));
  CHECK(std::holds_alternative<FailJob>(submitted[1].command));
  client.send(with_key("POST", settle, json{end_of(1, "t", "release")}.dump()));
  CHECK(client.receive().status == 503);
  CHECK(server.backend.take_submitted().empty());
}
