// Named limits and timeouts: what is over them gets an answer, and then the connection ends.

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using namespace std::chrono_literals;
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

}  // namespace

TEST_CASE("a header over its bytes is 431, complete or not") {
  HttpLimits limits;
  limits.header_bytes_max = 1024;
  TestServer server{with_limits(limits)};
  for (const char* end : {"\r\n\r\n", ""}) {
    Client client{server.port()};
    client.send("GET /livez HTTP/1.1\r\nHost: h\r\nX: " + std::string(5'000, 'x') + end);
    refused(client, 431, "header_too_large");
  }
}

TEST_CASE("a request line over the header's bytes is 431") {
  TestServer server;
  Client client{server.port()};
  client.send("GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n");
  refused(client, 431, "header_too_large");
}

TEST_CASE("too many header fields are 431") {
  HttpLimits limits;
  limits.header_fields_max = 8;
  TestServer server{with_limits(limits)};
  const auto with_fields = [](int count) {
    std::string text = "GET /livez HTTP/1.1\r\nHost: h\r\n";
    for (int i = 1; i < count; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
    return text + "\r\n";
  };
  Client client{server.port()};
  client.send(with_fields(8));
  CHECK(client.receive().status == 200);
  client.send(with_fields(9));
  refused(client, 431, "header_too_large");
}

TEST_CASE("a body over its bytes is 413 before it is read") {
  HttpLimits limits;
  limits.body_bytes_max = 1024;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 1025\r\n\r\n");
  refused(client, 413, "body_too_large");
}

TEST_CASE("a client that sends its whole large body first still reads the 413") {
  HttpLimits limits;
  limits.body_bytes_max = 1024;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send(request("POST", "/api/v1/jobs", std::string(8'000'000, 'x')));
  refused(client, 413, "body_too_large");
}

TEST_CASE("a chunked body over its bytes is 413") {
  HttpLimits limits;
  limits.body_bytes_max = 1024;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "200\r\n" + std::string(512, 'x') + "\r\n";
  client.send(chunk + chunk + "1\r\n");
  refused(client, 413, "body_too_large");
}

TEST_CASE("a body of exactly the limit is taken") {
  HttpLimits limits;
  limits.body_bytes_max = 1024;
  TestServer server{with_limits(limits)};
  std::string body = job;
  body.resize(1024, ' ');
  CHECK(Client{server.port()}.post("/api/v1/jobs", body).status == 201);
}

TEST_CASE("a connection too many is answered 503 and closed") {
  HttpLimits limits;
  limits.connections_max = 2;
  TestServer server{with_limits(limits)};
  Client first{server.port()};
  CHECK(first.get("/livez").status == 200);
  Client second{server.port()};
  CHECK(second.get("/livez").status == 200);
  Client third{server.port()};
  third.send(request("GET", "/api/v1/jobs"));
  refused(third, 503, "too_many_connections");
  CHECK(first.get("/livez").status == 200);
}

TEST_CASE("many connections too many are all answered") {
  HttpLimits limits;
  limits.connections_max = 1;
  TestServer server{with_limits(limits)};
  Client first{server.port()};
  CHECK(first.get("/livez").status == 200);
  for (int i = 0; i < 200; ++i) {
    Client client{server.port()};
    client.send(request("GET", "/api/v1/jobs"));
    refused(client, 503, "too_many_connections");
  }
}

TEST_CASE("a request too many in flight is 503, and the connection stays") {
  HttpLimits limits;
  limits.requests_in_flight_max = 2;
  TestServer server{with_limits(limits)};
  server.backend.hold_answers();
  Client holder{server.port()};
  holder.send(request("POST", "/api/v1/jobs", job) + request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(2);
  Client client{server.port()};
  const Response response = client.post("/api/v1/jobs", job);
  CHECK(response.status == 503);
  CHECK(response.code() == "overloaded");
  CHECK(response.field("retry-after") == "1");
  server.backend.release_all();
  CHECK(holder.receive().status == 201);
  CHECK(holder.receive().status == 201);
  CHECK(client.post("/api/v1/jobs", job).status == 201);
}

TEST_CASE("a header that does not end in time is 408") {
  HttpLimits limits;
  limits.header_timeout = 20ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send("GET /livez HTTP/1.1\r\nHo");
  refused(client, 408, "request_timeout");
}

TEST_CASE("the header's time does not begin anew with each byte") {
  HttpLimits limits;
  limits.header_timeout = 50ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send("GET /livez HTTP/1.1\r\nX: ");
  // A client that never stops sending: only an absolute deadline ends this.
  std::thread sender{[&] {
    for (int i = 0; i < 10'000; ++i) client.send("x");
  }};
  const Response response = client.receive();
  CHECK((response.status == 408 || response.status == 431));
  sender.join();
}

TEST_CASE("a body that does not come in time is 408") {
  HttpLimits limits;
  limits.body_timeout = 20ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  client.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n{");
  refused(client, 408, "request_timeout");
}

TEST_CASE("an idle connection is closed without a word") {
  HttpLimits limits;
  limits.idle_timeout = 20ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client fresh{server.port()};
  CHECK(fresh.at_end());
  Client used{server.port()};
  CHECK(used.get("/livez").status == 200);
  CHECK(used.at_end());
}

TEST_CASE("empty lines do not keep an idle connection") {
  HttpLimits limits;
  limits.idle_timeout = 50ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client fresh{server.port()};
  fresh.send("\r\n");
  CHECK(fresh.at_end());
  Client used{server.port()};
  CHECK(used.get("/livez").status == 200);
  used.send("\r\n");
  CHECK(used.at_end());
  // One that never stops sending them is refused with the second.
  Client client{server.port()};
  std::thread sender{[&] {
    for (int i = 0; i < 1'000; ++i) client.send("\r\n");
  }};
  refused(client, 400, "bad_request");
  sender.join();
}

TEST_CASE("a connection that waits for its answer is not idle") {
  HttpLimits limits;
  limits.idle_timeout = 20ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  server.backend.hold_answers();
  Client waiting{server.port()};
  waiting.send(request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(1);
  Client idle{server.port()};
  CHECK(idle.at_end());  // longer than the idle timeout has passed
  server.backend.release_all();
  CHECK(waiting.receive().status == 201);
}

TEST_CASE("a client that does not read its answers is not read from, and gets them all when it reads") {
  TestServer server;
  Client client{server.port()};
  const std::string payload(100'000, 'p');
  const std::string big = R"({"job_type":"enrich","payload":")" + payload + R"("})";
  std::thread sender{[&] {
    for (int i = 0; i < 300; ++i) client.send(request("POST", "/api/v1/jobs", big));
  }};
  for (int i = 1; i <= 300; ++i) {
    const Response response = client.receive();
    REQUIRE(response.data().at("id") == i);
    REQUIRE(response.data().at("payload") == payload);
  }
  sender.join();
}

TEST_CASE("a client that never reads is given up") {
  HttpLimits limits;
  limits.write_timeout = 30ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  const std::string big = R"({"job_type":"enrich","payload":")" + std::string(200'000, 'p') + R"("})";
  // Fills the buffers of both sides; sending ends when the server has closed the connection.
  for (int i = 0; i < 300; ++i) client.send(request("POST", "/api/v1/jobs", big));
  CHECK(Client{server.port()}.get("/livez").status == 200);
  CHECK(server.backend.submitted_count() < 300);
}

TEST_CASE("stopping answers what is in flight and then closes") {
  HttpLimits limits;
  limits.drain_timeout = 50ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  server.backend.hold_answers();
  Client busy{server.port()};
  busy.send(request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(1);
  Client idle{server.port()};
  CHECK(idle.get("/livez").status == 200);
  Client half{server.port()};
  half.send("POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n{");
  CHECK(Client{server.port()}.get("/livez").status == 200);
  server.begin_stop();
  CHECK(idle.at_end());
  CHECK(half.receive().status == 503);
  server.backend.release_all();
  const Response answer = busy.receive();
  CHECK(answer.status == 201);
  CHECK(answer.field("connection") == "close");
  CHECK(busy.at_end());
  server.wait_until_stopped();
}

TEST_CASE("stopping does not wait for ever") {
  HttpLimits limits;
  limits.shutdown_timeout = 20ms;
  limits.tick = 5ms;
  TestServer server{with_limits(limits)};
  server.backend.hold_answers();
  Client busy{server.port()};
  busy.send(request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(1);
  server.begin_stop();
  CHECK(busy.at_end());
  server.wait_until_stopped();  // though what was asked for is still unanswered
}
