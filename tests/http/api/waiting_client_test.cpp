// A heartbeat that waits, and its client ends its side of the connection or goes away: the wait ends with it.

#include <thread>

#include "tests/http/support/real_server.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

std::string heartbeat(JobId job, const std::string& token, unsigned wait_ms) {
  return request("POST", "/api/v1/jobs/" + std::to_string(job) + "/heartbeat",
                 json{{"token", token}, {"wait_ms", wait_ms}}.dump());
}

const std::string some_token(32, '0');

/// Until the backend was told: it is, on the thread of the server, as soon as that has read the end.
void wait_for_ends(const ScriptedBackend& backend, unsigned count) {
  while (backend.waits_ended() < count) std::this_thread::yield();
}

}  // namespace

TEST_CASE("the end of a client's side ends the wait, and what was asked is answered") {
  RealDaemon d;
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  const json leased = d.post("/api/v1/leases", {{"worker", "one"}, {"lease_ms", 3'600'000}}).at("jobs").at(0);
  Client client{d.server.port()};
  client.send(heartbeat(1, leased.at("token"), 60'000));
  const auto end_of_lease = [&] { return d.get("/api/v1/jobs/1").at("lease").at("expires_at"); };
  json known;
  SECTION("right behind the request") {}
  SECTION("when it waits") {
    while (end_of_lease() == leased.at("lease_expires_at")) std::this_thread::yield();
    known = end_of_lease();
  }
  client.close_sending_side();
  const Response answer = client.receive();
  REQUIRE(answer.status == 200);
  CHECK(answer.data().at("stop") == false);
  CHECK(answer.data().at("lease_expires_at") == end_of_lease());
  CHECK(end_of_lease() > leased.at("lease_expires_at"));  // the heartbeat counts, whoever goes behind it
  if (!known.is_null()) CHECK(known == end_of_lease());   // whoever has gone keeps no lease
}

TEST_CASE("the wait of a later heartbeat of the same job goes on when the client of the earlier one goes") {
  RealDaemon d;
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  const json leased = d.post("/api/v1/leases", {{"worker", "one"}, {"lease_ms", 3'600'000}}).at("jobs").at(0);
  Client first{d.server.port()};
  Client second{d.server.port()};
  first.send(heartbeat(1, leased.at("token"), 60'000));
  while (d.get("/api/v1/jobs/1").at("lease").at("expires_at") == leased.at("lease_expires_at"))
    std::this_thread::yield();
  second.send(heartbeat(1, leased.at("token"), 60'000));
  CHECK(first.receive().data().at("stop") == false);  // the later one has taken its place
  first.close_sending_side();
  CHECK(first.at_end());
  d.post("/api/v1/breaker/open", {{"reason", "x"}});
  CHECK(second.receive().data().at("stop") == true);
}

TEST_CASE("the core is told that the client of a waiting heartbeat has ended its side, or has gone") {
  TestServer server;
  server.backend.hold_answers();
  unsigned told = 1;
  SECTION("its side") {
    Client client{server.port()};
    client.send(heartbeat(1, some_token, 1'000));
    server.backend.wait_for(1);
    CHECK(server.backend.waits_ended() == 0);
    client.close_sending_side();
    wait_for_ends(server.backend, 1);
    server.backend.release_all();
    CHECK(client.receive().status == 200);
  }
  SECTION("it has gone, behind a request that was its last one") {
    {
      Client client{server.port()};
      std::string last = heartbeat(1, some_token, 1'000);
      last.insert(last.find("\r\n") + 2, "Connection: close\r\n");
      client.send(last);
      server.backend.wait_for(1);
    }
    wait_for_ends(server.backend, 1);
    server.backend.release_all();
  }
  SECTION("two of them on one connection, each once") {
    told = 2;
    Client client{server.port()};
    client.send(heartbeat(1, some_token, 1'000) + heartbeat(2, some_token, 1'000));
    server.backend.wait_for(2);
    client.close_sending_side();
    wait_for_ends(server.backend, 2);
    server.backend.release_all();
    CHECK(client.receive().status == 200);
    CHECK(client.receive().status == 200);
    CHECK(client.at_end());
  }
  SECTION("not when the answer has been given") {
    told = 0;
    Client client{server.port()};
    client.send(heartbeat(1, some_token, 1'000));
    server.backend.wait_for(1);
    server.backend.release_all();
    CHECK(client.receive().status == 200);
    client.close_sending_side();
    CHECK(client.at_end());
  }
  CHECK(server.backend.waits_ended() == told);
}

TEST_CASE("the end is heard of behind as many requests as a connection may have unanswered") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  const std::size_t most = breakerd::http::HttpLimits{}.pipeline_requests_max;
  std::string requests = heartbeat(1, some_token, 1'000);
  for (std::size_t i = 1; i < most; ++i) requests += heartbeat(1, some_token, 0);
  client.send(requests);
  server.backend.wait_for(most);
  client.close_sending_side();
  wait_for_ends(server.backend, 1);
  server.backend.release_all();
  for (std::size_t i = 0; i < most; ++i) CHECK(client.receive().status == 200);
}

TEST_CASE("what a client sends behind its last request is not read without end") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  std::string last = heartbeat(1, some_token, 1'000);
  last.insert(last.find("\r\n") + 2, "Connection: close\r\n");
  client.send(last);
  server.backend.wait_for(1);
  const std::string much(64 << 10, 'x');
  std::size_t sent = 0;
  constexpr std::size_t more_than_buffers = 64 << 20;
  for (std::size_t now = 1; now > 0 && sent < more_than_buffers; sent += now) now = client.send_what_fits(much);
  CHECK(sent < more_than_buffers);  // the kernel holds these, and takes no more
  server.backend.release_all();
  CHECK(client.receive().status == 200);
}

TEST_CASE("a heartbeat that does not wait is not watched") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  client.send(heartbeat(1, some_token, 0));
  server.backend.wait_for(1);
  client.close_sending_side();
  server.backend.release_all();
  CHECK(client.receive().status == 200);
  CHECK(client.at_end());
  CHECK(server.backend.waits_ended() == 0);
}
