// Leases that end, many in one call, and the lease of the next jobs with them: over the real core.

#include <thread>

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

const std::string settle_alone = "/api/v1/jobs/settle";
const std::string leases = "/api/v1/leases";

/// A daemon, and what a worker asks of it.
struct Daemon : RealDaemon {
  void enqueue(int count) {
    for (int i = 0; i < count; ++i) post("/api/v1/jobs", {{"job_type", "t"}});
  }
  /// The tokens of the next `count` jobs, which there are.
  std::vector<std::string> lease(int count) {
    std::vector<std::string> tokens;
    const json leased = post(leases, {{"worker", "a"}, {"max", count}});
    for (const json& job : leased.at("jobs")) tokens.push_back(job.at("token"));
    REQUIRE(tokens.size() == static_cast<std::size_t>(count));
    return tokens;
  }
  std::string status_of(JobId job) { return get("/api/v1/jobs/" + std::to_string(job)).at("status"); }
  std::string circuit() { return get("/api/v1/breaker").at("state"); }
  std::uint64_t last_seq() { return get("/api/v1/queue-management/status").at("queue").at("last_seq"); }
};

json end_of(JobId job, const std::string& token, const std::string& outcome, json more = json::object()) {
  more.update({{"job_id", job}, {"token", token}, {"outcome", outcome}});
  return more;
}

json a_round(json settle, int max = 1) { return {{"worker", "a"}, {"max", max}, {"settle", std::move(settle)}}; }

}  // namespace

TEST_CASE("one call settles what has ended and leases the next") {
  Daemon d;
  d.enqueue(5);
  const auto tokens = d.lease(3);
  const json data = d.post(leases, a_round({end_of(1, tokens[0], "complete", {{"result", {{"ok", true}}}}),
                                            end_of(2, tokens[1], "fail", {{"error", "bad row"}, {"retry", false}}),
                                            end_of(3, tokens[2], "release")},
                                           2));
  CHECK(data.at("settled") == json::parse(R"([{"id":1,"status":"COMPLETED"},{"id":2,"status":"FAILED"},
                                              {"id":3,"status":"PENDING"}])"));
  CHECK(data.at("paused") == false);
  CHECK(data.at("circuit").at("state") == "closed");
  REQUIRE(data.at("jobs").size() == 2);
  CHECK(data.at("jobs").at(0).at("id") == 3);  // the job that was released is ready, as any other
  CHECK(data.at("jobs").at(1).at("id") == 4);
  CHECK(d.get("/api/v1/jobs/1").at("result") == json{{"ok", true}});
  CHECK(d.get("/api/v1/jobs/2").at("error") == "bad row");
}

TEST_CASE("leases are settled without a lease, in JSON and in lines") {
  Daemon d;
  d.enqueue(2);
  const auto tokens = d.lease(2);
  const json first = end_of(1, tokens[0], "complete");
  CHECK(d.post(settle_alone, json::array({first})) == json::parse(R"({"settled":[{"id":1,"status":"COMPLETED"}]})"));
  const std::string lines = end_of(2, tokens[1], "release").dump() + "\n" + first.dump() + "\n";
  const json data = d.client.post(settle_alone, lines).data();
  CHECK(data.at("settled").at(0) == json{{"id", 2}, {"status", "PENDING"}});
  CHECK(data.at("settled").at(1).at("code") == "stale_lease");
  CHECK(data.at("settled").at(1).at("job_status") == "COMPLETED");
  CHECK(d.client.get(settle_alone).field("allow") == "POST");
}

TEST_CASE("nothing to settle is allowed, and answered as such") {
  Daemon d;
  d.enqueue(1);
  CHECK(d.post(settle_alone, json::array()) == json{{"settled", json::array()}});
  const json data = d.post(leases, a_round(json::array()));
  CHECK(data.at("settled") == json::array());
  CHECK(data.at("jobs").size() == 1);
  const json null = d.post(leases, {{"worker", "a"}, {"settle", nullptr}});
  CHECK_FALSE(null.contains("settled"));
  CHECK_FALSE(d.post(leases, {{"worker", "a"}}).contains("settled"));
}

TEST_CASE("an entry that is refused holds up no other one, and not the lease") {
  Daemon d;
  d.enqueue(3);
  const auto tokens = d.lease(2);
  const json data = d.post(leases, a_round({end_of(1, "of another lease", "complete"), end_of(77, tokens[0], "release"),
                                            end_of(2, tokens[1], "complete")}));
  const json& settled = data.at("settled");
  CHECK(settled.at(0).at("code") == "stale_lease");
  CHECK(settled.at(0).at("job_status") == "PROCESSING");
  CHECK(settled.at(1) == json::parse(R"({"id":77,"code":"not_found","detail":"job 77 not found"})"));
  CHECK(settled.at(2) == json{{"id", 2}, {"status", "COMPLETED"}});
  CHECK(data.at("jobs").at(0).at("id") == 3);
}

TEST_CASE("of two for one job the second is answered as a second call would be") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  const json settled =
      d.post(settle_alone, {end_of(1, tokens[0], "release"), end_of(1, tokens[0], "complete")}).at("settled");
  CHECK(settled.at(0) == json{{"id", 1}, {"status", "PENDING"}});
  CHECK(settled.at(1).at("code") == "stale_lease");
  CHECK(settled.at(1).at("job_status") == "PENDING");
}

TEST_CASE("a call that is repeated is answered as the repeated call of each would be") {
  Daemon d;
  d.enqueue(2);
  const auto tokens = d.lease(1);
  const json body = a_round(json::array({end_of(1, tokens[0], "complete")}));
  CHECK(d.post(leases, body).at("jobs").size() == 1);
  const json again = d.post(leases, body);
  CHECK(again.at("settled").at(0).at("code") == "stale_lease");
  CHECK(again.at("settled").at(0).at("job_status") == "COMPLETED");
  CHECK(again.at("jobs").empty());
}

TEST_CASE("an entry with a mistake is named, and nothing at all is changed") {
  Daemon d;
  d.enqueue(3);
  const auto tokens = d.lease(2);
  const json good = end_of(1, tokens[0], "complete");
  const std::uint64_t before = d.last_seq();
  const auto refuses = [&](const json& bad, const std::string& field) {
    INFO(bad.dump());
    const Response with_lease = d.client.post(leases, a_round({good, bad}).dump());
    CHECK(with_lease.status == 422);
    CHECK(with_lease.code() == "invalid");
    CHECK(with_lease.refused_fields() == "settle[1]" + field);
    const Response alone = d.client.post(settle_alone, json{good, bad}.dump());
    CHECK(alone.status == 422);
    CHECK(alone.refused_fields() == "[1]" + field);
  };
  refuses(end_of(2, tokens[1], "done"), ".outcome");
  refuses({{"job_id", 2}, {"token", "t"}}, ".outcome");
  refuses({{"job_id", 2}, {"outcome", "release"}}, ".token");
  refuses({{"token", "t"}, {"outcome", "release"}}, ".job_id");
  refuses(end_of(0, "t", "release"), ".job_id");
  refuses({{"job_id", "2"}, {"token", "t"}, {"outcome", "release"}}, ".job_id");
  refuses(end_of(2, "t", "complete", {{"retry", true}}), ".retry");
  refuses(end_of(2, "t", "complete", {{"error", "e"}}), ".error");
  refuses(end_of(2, "t", "release", {{"result", 1}}), ".result");
  refuses(end_of(2, "t", "release", {{"service", "apollo"}}), ".service");
  refuses(end_of(2, "t", "complete", {{"retry_after_ms", 0}}), ".retry_after_ms");
  refuses(end_of(2, "t", "complete", {{"error_type", "e"}}), ".error_type");
  refuses(end_of(2, "t", "fail"), ".error");
  refuses(end_of(2, "t", "fail", {{"error", "e"}, {"result", 1}}), ".result");
  refuses(end_of(2, "t", "fail", {{"error", "e"}, {"retry", 1}}), ".retry");
  refuses(end_of(2, "t", "fail", {{"error", "e"}, {"retry_after_ms", 604'800'001}}), ".retry_after_ms");
  refuses(end_of(2, "t", "release", {{"id", 2}}), ".id");
  refuses(7, "");
  CHECK(d.client.post(leases, R"({"worker":"a","settle":{}})").refused_fields() == "settle");
  CHECK(d.client.post(leases, R"({"worker":"a","settle":7})").refused_fields() == "settle");
  CHECK(d.client.post(leases, R"({"max":0,"settle":[{}]})").refused_fields() ==
        "settle[0].job_id settle[0].token settle[0].outcome worker max");
  CHECK(d.client.post(leases, json{{"settle", {end_of(2, "t", "done")}}}.dump()).refused_fields() == "worker");
  CHECK(d.client.post(leases, R"({"worker":"a","settle":[{"job_id":1,"job_id":2}]})").code() == "invalid_json");
  CHECK(d.client.post(settle_alone + "?now=1", json::array({good}).dump()).refused_fields() == "now");
  CHECK(d.last_seq() == before);
  CHECK(d.circuit() == "closed");
}

TEST_CASE("a mistake in one entry does not hide that a service fails") {
  const json bad{{"job_id", 2}, {"token", "t"}, {"outcome", "done"}};
  const auto check = [&](const std::string& target, const auto& body_of) {
    INFO(target);
    Daemon d;
    d.enqueue(2);
    const auto tokens = d.lease(2);
    const Response refused = d.client.post(target, body_of(tokens).dump());
    CHECK(refused.status == 422);
    CHECK_THAT(refused.json().at("detail").template get<std::string>(), ContainsSubstring("recorded all the same"));
    CHECK(d.circuit() == "open");
    CHECK(d.client.get("/api/v1/breaker").data().at("metadata").at("last_error") == "down");
    CHECK(d.client.post("/api/v1/jobs/1/complete", json{{"token", tokens[0]}}.dump()).status == 200);
  };
  const auto report = [](const auto& tokens) {
    return end_of(1, tokens[0], "fail", {{"error", "down"}, {"service", "apollo"}});
  };
  check(settle_alone, [&](const auto& tokens) { return json{bad, report(tokens)}; });
  check(leases, [&](const auto& tokens) { return a_round({report(tokens), bad}); });
  check(leases, [&](const auto& tokens) { return json{{"max", 0}, {"settle", json::array({report(tokens)})}}; });
  const json odd{{"job_id", 1}, {"token", "t"}, {"outcome", "fail"}, {"error", "down"}, {"service", 5}};
  Daemon d;
  const Response no_label = d.client.post(settle_alone, json::array({odd}).dump());
  CHECK(no_label.status == 422);
  CHECK(no_label.refused_fields() == "[0].service");
  CHECK(d.circuit() == "open");
  check(settle_alone, [&](const auto& tokens) {
    json without_token = report(tokens);
    without_token.erase("token");
    return json::array({without_token});
  });
}

TEST_CASE("a call settles up to 1,000 leases") {
  Daemon d;
  json many = json::array();
  for (JobId id = 1; id <= limits::settle_max; ++id) many.push_back(end_of(id, "t", "release"));
  CHECK(d.post(leases, a_round(many)).at("settled").size() == limits::settle_max);
  CHECK(d.post(settle_alone, many).at("settled").back().at("id") == limits::settle_max);
  many.push_back(end_of(1, "t", "release"));
  for (const Response& refused :
       {d.client.post(leases, a_round(many).dump()), d.client.post(settle_alone, many.dump())}) {
    CHECK(refused.status == 422);
    CHECK(refused.refused_fields() == "settle");
    CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("1000"));
  }
}

TEST_CASE("a result that is too large is refused, and nothing is changed") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  const json large = end_of(1, tokens[0], "complete", {{"result", std::string(limits::result_bytes_max, 'x')}});
  const Response refused = d.client.post(leases, a_round(json::array({large})).dump());
  CHECK(refused.status == 413);
  CHECK(refused.code() == "payload_too_large");
  CHECK(refused.refused_fields() == "settle[0].result");
  CHECK(d.client.post(settle_alone, json::array({large}).dump()).refused_fields() == "[0].result");
  CHECK(d.status_of(1) == "PROCESSING");
}

TEST_CASE("a service failure opens the circuit, the others are settled, and nothing is leased") {
  Daemon d;
  d.enqueue(5);
  const auto tokens = d.lease(3);
  const json data =
      d.post(leases, a_round({end_of(1, tokens[0], "complete"),
                              end_of(2, tokens[1], "fail", {{"error", "429"}, {"service", "Apollo"}}),
                              end_of(3, tokens[2], "fail", {{"error", "bad row"}, {"retry_after_ms", 0}})},
                             3));
  CHECK(data.at("settled") == json::parse(R"([{"id":1,"status":"COMPLETED"},{"id":2,"status":"PAUSED"},
                                              {"id":3,"status":"PAUSED"}])"));
  CHECK(data.at("jobs").empty());
  CHECK(data.at("paused") == true);
  CHECK(data.at("pause").at("reason") == "apollo: 429");
  CHECK(data.at("circuit") == json{{"state", "open"}, {"epoch", 1}});
  const json job = d.get("/api/v1/jobs/2");
  CHECK(job.at("attempts") == 0);
  CHECK(d.get("/api/v1/breaker").at("metadata").at("service") == "apollo");
  // It does not wait either.
  const json again =
      d.post(leases, {{"worker", "a"},
                      {"wait_ms", 60'000},
                      {"settle", {end_of(2, tokens[1], "fail", {{"error", "429"}, {"service", "apollo"}})}}});
  CHECK(again.at("settled").at(0).at("code") == "stale_lease");
  CHECK_THAT(again.at("settled").at(0).at("detail").get<std::string>(), ContainsSubstring("recorded all the same"));
}

TEST_CASE("a service failure alone settles and opens") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  const json data =
      d.post(settle_alone, json::array({end_of(1, tokens[0], "fail", {{"error", "e"}, {"service", "s"}})}));
  CHECK(data == json::parse(R"({"settled":[{"id":1,"status":"PAUSED"}]})"));
  CHECK(d.circuit() == "open");
}

TEST_CASE("what is said of one job keeps its order, service failures too") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  const json failure = end_of(1, tokens[0], "fail", {{"error", "e"}, {"service", "s"}});
  const json complete = end_of(1, tokens[0], "complete");
  SECTION("the failure is the second") {
    const json settled = d.post(settle_alone, {complete, failure}).at("settled");
    CHECK(settled.at(0).at("status") == "COMPLETED");
    CHECK(settled.at(1).at("job_status") == "COMPLETED");
  }
  SECTION("it is the first") {
    const json settled = d.post(leases, a_round({failure, complete})).at("settled");
    CHECK(settled.at(0).at("status") == "PAUSED");
    CHECK(settled.at(1).at("code") == "stale_lease");
  }
  CHECK(d.circuit() == "open");
}

TEST_CASE("a failure under a label that is none is recorded, and refused by itself") {
  RealServer server{{"apollo", "hermes"}};
  Client client{server.port()};
  client.post("/api/v1/jobs", R"({"job_type":"t"})");
  client.post("/api/v1/jobs", R"({"job_type":"t"})");
  const json jobs = client.post(leases, R"({"worker":"a","max":2})").data().at("jobs");
  const json data =
      client
          .post(leases, a_round({end_of(1, jobs.at(0).at("token"), "fail", {{"error", "e"}, {"service", "zeus"}}),
                                 end_of(2, jobs.at(1).at("token"), "complete")})
                            .dump())
          .data();
  CHECK(data.at("settled").at(0) ==
        json{{"id", 1},
             {"code", "unknown_service"},
             {"detail",
              "unknown service \"zeus\"; valid services are apollo, hermes; the failure was recorded all the "
              "same and the circuit is open"}});
  CHECK(data.at("settled").at(1).at("status") == "COMPLETED");
  CHECK(data.at("jobs").empty());
  CHECK_THAT(client.get("/api/v1/breaker").data().at("metadata").at("last_error").get<std::string>(),
             ContainsSubstring("zeus"));
  CHECK(client.post("/api/v1/jobs/1/release", json{{"token", jobs.at(0).at("token")}}.dump()).status == 200);
}

TEST_CASE("a malformed label is one that is none") {
  Daemon d;
  const json data =
      d.post(settle_alone, json::array({end_of(1, "t", "fail", {{"error", "e"}, {"service", "no name"}})}));
  CHECK(data.at("settled").at(0).at("code") == "invalid");
  CHECK(d.circuit() == "open");
}

// --- with a lease that waits ---

TEST_CASE("what is settled is durable before the lease waits, and the answer has both") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  json body = a_round(json::array({end_of(1, tokens[0], "complete")}));
  body["wait_ms"] = 60'000;
  Client worker{d.server.port()};
  worker.send(request("POST", leases, body.dump()));
  while (d.server.waiting_leases() != 1) std::this_thread::yield();
  CHECK(d.status_of(1) == "COMPLETED");
  d.enqueue(1);
  const json data = worker.receive().data();
  CHECK(data.at("settled") == json::parse(R"([{"id":1,"status":"COMPLETED"}])"));
  CHECK(data.at("jobs").at(0).at("id") == 2);
}

TEST_CASE("a lease that need not wait does not, and one whose time is over has no jobs") {
  Daemon d;
  d.enqueue(2);
  const auto tokens = d.lease(1);
  json body = a_round(json::array({end_of(1, tokens[0], "complete")}));
  body["wait_ms"] = 60'000;
  CHECK(d.post(leases, body).at("jobs").at(0).at("id") == 2);
  body["wait_ms"] = 1;
  const json data = d.post(leases, body);
  CHECK(data.at("jobs").empty());
  CHECK(data.at("settled").at(0).at("job_status") == "COMPLETED");
}

TEST_CASE("what is settled stays settled when its client goes while the lease waits") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  json body = a_round(json::array({end_of(1, tokens[0], "fail", {{"error", "bad row"}, {"retry", false}})}));
  body["wait_ms"] = 60'000;
  {
    Client gone{d.server.port()};
    gone.send(request("POST", leases, body.dump()));
    while (d.server.waiting_leases() != 1) std::this_thread::yield();
  }
  while (d.server.waiting_leases() != 0) std::this_thread::yield();
  CHECK(d.status_of(1) == "FAILED");
  d.enqueue(1);
  CHECK(d.lease(1).size() == 1);
}

TEST_CASE("a client that has ended its side is told what is settled, and waits for nothing") {
  Daemon d;
  d.enqueue(1);
  const auto tokens = d.lease(1);
  json body = a_round(json::array({end_of(1, tokens[0], "complete")}));
  body["wait_ms"] = 60'000;
  Client client{d.server.port()};
  client.send(request("POST", leases, body.dump()));
  client.close_sending_side();
  const json data = client.receive().data();
  CHECK(data.at("settled").at(0).at("status") == "COMPLETED");
  CHECK(data.at("jobs").empty());
  CHECK(client.at_end());
}
