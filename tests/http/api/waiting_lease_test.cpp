// Leases that wait for jobs, over the wire: what is answered, what counts as what, and what becomes of clients that go.

#include <thread>

#include "tests/http/support/real_server.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using http::HttpLimits;
using nlohmann::json;

namespace {

std::string lease(unsigned wait_ms = 60'000, const std::string& worker = "one") {
  return request("POST", "/api/v1/leases", json{{"worker", worker}, {"wait_ms", wait_ms}}.dump());
}

Outcome no_jobs(const Command& /*command*/) { return Reply{LeaseAnswer{}}; }

/// What a lease that has waited is answered with.
Outcome one_job(const Command& command) {
  if (std::holds_alternative<OpenCircuit>(command)) return Reply{CircuitAnswer{}};  // its client may hear of it still
  if (!std::holds_alternative<LeaseJobs>(command)) return Reply{LeaseAnswer{}};
  LeaseAnswer answer;
  JobView job;
  job.row.id = 7;
  job.spec = std::make_shared<const JobSpec>();
  answer.jobs.push_back({std::move(job), std::string(32, 'a'), 1, Time{}});
  answer.waited = true;
  return Reply{std::move(answer)};
}

HttpLimits with_waiters(std::size_t waiters) {
  HttpLimits limits;
  limits.waiters_max = waiters;
  limits.connections_max = 4;
  return limits;
}

void wait_until_waiting(RealDaemon& d, std::size_t count) {
  while (d.server.waiting_leases() != count) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a lease that waits is answered with the job that comes") {
  RealDaemon d;
  Client worker{d.server.port()};
  worker.send(lease());
  wait_until_waiting(d, 1);
  CHECK(d.get("/api/v1/queue-management/status").at("waiting_leases") == 1);
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  const json data = worker.receive().data();
  CHECK(data.at("jobs").at(0).at("id") == 1);
  CHECK(data.at("paused") == false);
  CHECK_FALSE(data.contains("pause"));
}

TEST_CASE("wait_ms is from 0 to 60,000 milliseconds") {
  RealDaemon d;
  CHECK(d.post("/api/v1/leases", {{"worker", "a"}, {"wait_ms", 0}}).at("jobs").empty());
  CHECK(d.post("/api/v1/leases", {{"worker", "a"}, {"wait_ms", 1}}).at("jobs").empty());
  CHECK(d.post("/api/v1/leases", {{"worker", "a"}, {"wait_ms", nullptr}}).at("jobs").empty());
  for (const json& bad : std::vector<json>{60'001, -1, "1000", 1.5, true, json::array()}) {
    CAPTURE(bad.dump());
    const Response refused = d.client.post("/api/v1/leases", json{{"worker", "a"}, {"wait_ms", bad}}.dump());
    CHECK(refused.status == 422);
    CHECK(refused.refused_fields() == "wait_ms");
  }
  CHECK(d.server.waiting_leases() == 0);
}

TEST_CASE("while the queue is paused the answer says who paused it, since when and why") {
  RealDaemon d;
  d.post("/api/v1/breaker/open", {{"reason", "drill"}});
  const json circuit = d.get("/api/v1/breaker");
  for (const unsigned wait_ms : {0U, 1U}) {
    const json data = d.post("/api/v1/leases", {{"worker", "a"}, {"wait_ms", wait_ms}});
    CHECK(data.at("jobs").empty());
    CHECK(data.at("paused") == true);
    CHECK(data.at("pause") ==
          json{{"reason", "drill"}, {"by", "anonymous@127.0.0.1"}, {"since", circuit.at("opened_at")}});
  }
}

TEST_CASE("the job that comes as a waiting client goes is not lost with it") {
  RealDaemon d;
  {
    Client gone{d.server.port()};
    gone.send(lease());
    wait_until_waiting(d, 1);
  }
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  wait_until_waiting(d, 0);
  // Whether it was never leased or released again: the next worker has it at once, and no lease had to expire.
  const json data = d.post("/api/v1/leases", {{"worker", "b"}, {"wait_ms", 60'000}});
  CHECK(data.at("jobs").at(0).at("id") == 1);
  CHECK(data.at("jobs").at(0).at("attempt") == 1);
}

TEST_CASE("a client that ends its side behind the request gets the job that is there, and no job that comes later") {
  RealDaemon d;
  Client client{d.server.port()};
  SECTION("there is one") {
    d.post("/api/v1/jobs", {{"job_type", "t"}});
    client.send(lease());
    client.close_sending_side();
    CHECK(client.receive().data().at("jobs").size() == 1);
  }
  SECTION("there is none") {
    client.send(lease());
    client.close_sending_side();
    CHECK(client.receive().data().at("jobs").empty());
  }
  CHECK(client.at_end());
}

TEST_CASE("jobs of an answer that its client cannot have any more are released") {
  TestServer server;
  server.backend.answer_with(one_job);
  server.backend.hold_answers();
  std::size_t before = 1;
  SECTION("it has ended its side while it waited, and is answered without") {
    Client client{server.port()};
    client.send(lease());
    server.backend.wait_for(1);
    client.close_sending_side();
    while (server.backend.waits_ended() == 0) std::this_thread::yield();
    server.backend.release_all();
    CHECK(client.receive().data().at("jobs").empty());
  }
  SECTION("it has gone") {
    {
      Client client{server.port()};
      client.send(lease());
      server.backend.wait_for(1);
    }
    while (server.backend.waits_ended() == 0) std::this_thread::yield();
    server.backend.release_all();
  }
  SECTION("the answer stands behind another one, and the connection breaks") {
    Client client{server.port()};
    client.send(request("POST", "/api/v1/breaker/open", "{}") + lease());
    server.backend.wait_for(2);
    server.backend.release_newest();
    before = 2;
    client.break_off();
    server.backend.wait_for(3);
    server.backend.release_all();
  }
  server.backend.wait_for(before + 1);
  const auto released = server.backend.take_one<ReleaseJob>();
  CHECK(released.job == 7);
  CHECK(released.token == std::string(32, 'a'));
}

TEST_CASE("an answer that is written whole releases nothing when its connection ends") {
  TestServer server;
  server.backend.answer_with(one_job);
  {
    Client client{server.port()};
    client.send(lease());
    CHECK(client.receive().data().at("jobs").size() == 1);
  }
  CHECK(Client{server.port()}.get("/livez").status == 200);
  CHECK(server.backend.submitted_count() == 1);
}

TEST_CASE("those who wait stand outside the maximum of connections, and have one of their own") {
  TestServer server{with_limits(with_waiters(6))};
  server.backend.answer_with(no_jobs);
  server.backend.hold_answers();
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 6; ++i) {
    waiting.push_back(std::make_unique<Client>(server.port()));
    waiting.back()->send(lease());
    server.backend.wait_for(static_cast<std::size_t>(i) + 1);
  }
  // Four more are let in, as if nobody waited.
  std::vector<std::unique_ptr<Client>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<Client>(server.port()));
    CHECK(others.back()->get("/livez").status == 200);
  }
  CHECK(Client{server.port()}.get("/api/v1/jobs").code() == "too_many_connections");
  const Response refused = others.front()->call("POST", "/api/v1/leases", R"({"worker":"a","wait_ms":1000})");
  CHECK(refused.status == 503);
  CHECK(refused.code() == "too_many_waiters");
  CHECK(refused.field("retry-after") == "1");
  server.backend.release_all();
  for (const auto& client : waiting) CHECK(client->receive().status == 200);
  // A connection that has waited keeps its place among those who wait, so that nobody else is pushed out.
  CHECK(Client{server.port()}.get("/api/v1/jobs").code() == "too_many_connections");
  CHECK(waiting.front()->call("POST", "/api/v1/leases", R"({"worker":"a"})").status == 200);
}
