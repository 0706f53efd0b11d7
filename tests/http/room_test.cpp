// Room in memory as clients meet it: what is large waits for it, what is small does not.

#include "support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using http::HttpLimits;

namespace {

const std::string job = R"({"job_type":"enrich"})";

void refused(Client& client, int status, const std::string& code) {
  const Response response = client.receive();
  CHECK(response.status == status);
  CHECK(response.code() == code);
  CHECK(response.field("connection") == "close");
  CHECK(client.at_end());
}

/// Room in memory for one body of this size at a time.
constexpr std::size_t large = 100'000;
HttpLimits with_little_memory() {
  HttpLimits limits;
  limits.memory_bytes_max = 8 * large;
  return limits;
}

const std::string large_head =
    "POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(large) + "\r\n\r\n";
std::string large_body() { return job + std::string(large - job.size(), ' '); }

}  // namespace

TEST_CASE("a large body waits until there is room for it") {
  TestServer server{with_limits(with_little_memory())};
  Client first{server.port()};
  first.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);  // by now the first header has been read
  Client second{server.port()};
  second.send(large_head + large_body());
  CHECK(Client{server.port()}.post("/api/v1/jobs", job).status == 201);  // a small one waits for nobody
  CHECK(server.backend.submitted_count() == 1);
  first.send(large_body());
  CHECK(first.receive().status == 201);
  CHECK(second.receive().status == 201);
  CHECK(server.backend.submitted_count() == 3);
}

TEST_CASE("a chunked body waits until there is room for it") {
  TestServer server{with_limits(with_little_memory())};
  Client first{server.port()};
  first.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  Client second{server.port()};
  second.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + large_body() +
              "\r\n0\r\n\r\n");
  CHECK(Client{server.port()}.get("/livez").status == 200);
  CHECK(server.backend.submitted_count() == 0);
  first.send(large_body());
  CHECK(first.receive().status == 201);
  CHECK(second.receive().status == 201);
}

TEST_CASE("a body that waits for room for too long is 503") {
  HttpLimits limits = with_little_memory();
  limits.room_timeout = std::chrono::milliseconds{20};
  limits.tick = std::chrono::milliseconds{5};
  TestServer server{with_limits(limits)};
  Client first{server.port()};
  first.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  Client second{server.port()};
  second.send(large_head);
  refused(second, 503, "overloaded");
  first.send(large_body());
  CHECK(first.receive().status == 201);
}

TEST_CASE("a body that comes slowly gives way to those who wait") {
  HttpLimits limits = with_little_memory();
  limits.slow_timeout = std::chrono::milliseconds{20};
  limits.tick = std::chrono::milliseconds{5};
  TestServer server{with_limits(limits)};
  Client slow{server.port()};
  slow.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  Client waiting{server.port()};
  waiting.send(large_head + large_body());
  CHECK(waiting.receive().status == 201);
  refused(slow, 503, "overloaded");
}

TEST_CASE("who waits for room and hangs up is not waited for") {
  TestServer server{with_limits(with_little_memory())};
  Client first{server.port()};
  first.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  Client second{server.port()};
  second.send(large_head);
  second.close_sending_side();
  refused(second, 503, "overloaded");
  first.send(large_body());
  CHECK(first.receive().status == 201);
  CHECK(server.backend.submitted_count() == 1);
}

TEST_CASE("small requests are answered while large ones have all the room there is") {
  TestServer server{with_limits(with_little_memory())};
  server.backend.hold_answers();
  Client large_one{server.port()};
  large_one.send(large_head + large_body());
  server.backend.wait_for(1);
  Client lease{server.port()};
  lease.send(request("POST", "/api/v1/leases", R"({"worker":"w","max":10})"));  // its answer may be large
  Client other{server.port()};
  CHECK(other.get("/api/v1/breaker/allow").status == 200);
  CHECK(other.get("/api/v1/breaker").status == 200);
  CHECK(other.get("/api/v1/queue-management/status").status == 200);
  other.send(request("POST", "/api/v1/breaker/failures", R"({"error":"429"})"));
  server.backend.wait_for(2);
  CHECK(server.backend.submitted_count() == 2);
  server.backend.release_all();
  CHECK(large_one.receive().status == 201);
  CHECK(other.receive().status == 200);
  CHECK(lease.receive().status == 200);
}

TEST_CASE("pages that have no room together are given one after the other") {
  HttpLimits limits = with_little_memory();
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  Client other{server.port()};
  std::string all;
  for (int i = 0; i < 100; ++i) all += request("GET", "/api/v1/jobs");
  client.send(all);
  other.send(all);
  for (int i = 0; i < 100; ++i) {
    CHECK(client.receive().status == 200);
    CHECK(other.receive().status == 200);
  }
}

TEST_CASE("a stop refuses what waits for room") {
  TestServer server{with_limits(with_little_memory())};
  Client first{server.port()};
  first.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  Client second{server.port()};
  second.send(large_head);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  server.begin_stop();
  refused(second, 503, "unavailable");
  refused(first, 503, "unavailable");
  server.wait_until_stopped();
}
