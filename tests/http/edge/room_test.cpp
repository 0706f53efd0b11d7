// Room in memory as clients meet it: what is large waits for it, what is small does not.

#include "tests/http/support/test_server.hpp"
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

/// A server with room for one large body, which the body that `first` has begun to send has.
struct FullServer {
  explicit FullServer(const HttpLimits& limits = with_little_memory()) : server{with_limits(limits)} {
    first.send(large_head);
    see_what_was_sent();
  }
  /// One thread serves everybody: who is answered now comes behind what was sent before.
  void see_what_was_sent() const { CHECK(Client{server.port()}.get("/livez").status == 200); }

  TestServer server;
  Client first{server.port()};
  Client second{server.port()};
};

HttpLimits with_short(std::chrono::milliseconds HttpLimits::*timeout) {
  HttpLimits limits = with_little_memory();
  limits.*timeout = std::chrono::milliseconds{20};
  limits.tick = std::chrono::milliseconds{5};
  return limits;
}

}  // namespace

TEST_CASE("a large body waits until there is room for it") {
  FullServer full;
  full.second.send(large_head + large_body());
  CHECK(Client{full.server.port()}.post("/api/v1/jobs", job).status == 201);  // a small one waits for nobody
  CHECK(full.server.backend.submitted_count() == 1);
  full.first.send(large_body());
  CHECK(full.first.receive().status == 201);
  CHECK(full.second.receive().status == 201);
  CHECK(full.server.backend.submitted_count() == 3);
}

TEST_CASE("a chunked body waits until there is room for it") {
  FullServer full;
  full.second.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" +
                   large_body() + "\r\n0\r\n\r\n");
  full.see_what_was_sent();
  CHECK(full.server.backend.submitted_count() == 0);
  full.first.send(large_body());
  CHECK(full.first.receive().status == 201);
  CHECK(full.second.receive().status == 201);
}

TEST_CASE("a body that waits for room for too long is 503") {
  FullServer full{with_short(&HttpLimits::room_timeout)};
  full.second.send(large_head);
  refused(full.second, 503, "overloaded");
  full.first.send(large_body());
  CHECK(full.first.receive().status == 201);
}

TEST_CASE("a body that comes slowly gives way to those who wait") {
  HttpLimits limits = with_short(&HttpLimits::slow_timeout);
  limits.drain_timeout = std::chrono::minutes{5};  // and at once, though the one who was refused stays
  FullServer full{limits};
  full.second.send(large_head + large_body());
  CHECK(full.second.receive().status == 201);
  refused(full.first, 503, "overloaded");
}

TEST_CASE("who waits for room and hangs up is not waited for") {
  FullServer full;
  full.second.send(large_head);
  full.second.close_sending_side();
  refused(full.second, 503, "overloaded");
  full.first.send(large_body());
  CHECK(full.first.receive().status == 201);
  CHECK(full.server.backend.submitted_count() == 1);
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
  TestServer server{with_limits(with_little_memory())};
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
  FullServer full;
  full.second.send(large_head);
  full.see_what_was_sent();
  full.server.begin_stop();
  refused(full.second, 503, "unavailable");
  refused(full.first, 503, "unavailable");
  full.server.wait_until_stopped();
}
