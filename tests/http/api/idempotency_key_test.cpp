// Idempotency-Key: refused until it is kept, because a client that sends one counts on it.

#include "tests/http/support/real_server.hpp"
#include "tests/http/support/routes.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string with_key(std::string_view method, std::string_view path, std::string_view body = {},
                     std::string_view field = "Idempotency-Key: 8f0c") {
  std::string bytes = request(method, path, body);
  return bytes.insert(bytes.find("\r\n") + 2, std::string{field} + "\r\n");
}

}  // namespace

TEST_CASE("every call that changes something refuses an Idempotency-Key by name, and does nothing") {
  TestServer server;
  Client client{server.port()};
  for (const http::RouteGroup& group : http::route_groups()) {
    for (const http::Route& route : group.routes) {
      if (route.method == http::Method::get) continue;
      const std::string path = path_of(group, route);
      const std::string_view method = name_of(route.method);
      INFO(method << " " << path);
      client.send(with_key(method, path));
      const Response response = client.receive();
      CHECK(response.status == 422);
      CHECK((' ' + response.refused_fields() + ' ').find(" Idempotency-Key ") != std::string::npos);
      CHECK(server.backend.take_submitted().empty());
    }
  }
}

TEST_CASE("an Idempotency-Key is refused whatever its spelling and value, and the next request goes on without it") {
  RealServer server;
  Client client{server.port()};
  for (const char* field : {"Idempotency-Key: 1", "idempotency-key: \"x\"", "IDEMPOTENCY-KEY:"}) {
    INFO(field);
    client.send(with_key("POST", "/api/v1/jobs", R"({"job_type":"t"})", field));
    const Response refused = client.receive();
    CHECK(refused.status == 422);
    CHECK(refused.refused_fields() == "Idempotency-Key");
    CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("Idempotency-Key"));
  }
  CHECK(client.post("/api/v1/jobs", R"({"job_type":"t"})").data().at("id") == 1);
}

TEST_CASE("a report with an Idempotency-Key opens the circuit, and is refused") {
  RealServer server;
  Client client{server.port()};
  client.send(with_key("POST", "/api/v1/breaker/failures", R"({"error":"429"})"));
  const Response refused = client.receive();
  CHECK(refused.status == 422);
  CHECK(refused.refused_fields() == "Idempotency-Key");
  CHECK_THAT(refused.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
  CHECK(client.get("/api/v1/breaker").data().at("state") == "open");
}

TEST_CASE("reads may carry an Idempotency-Key: asking again changes nothing") {
  RealServer server;
  Client client{server.port()};
  client.send(with_key("GET", "/api/v1/breaker"));
  CHECK(client.receive().status == 200);
}
