// An operator gets through when connections are exhausted.

#include <deque>
#include <set>

#include <breakerd/http/edge/limits.hpp>
#include "tests/http/support/routes.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using http::HttpLimits;
using http::operator_connections_max;

namespace {

const std::string job = R"({"job_type":"enrich"})";

/// Connections that the server has taken in: an answer has come on each.
template <class Address>
std::deque<Client> served(const Address& address, std::size_t count) {
  std::deque<Client> clients;
  for (std::size_t i = 0; i < count; ++i) CHECK(clients.emplace_back(address).get("/livez").status == 200);
  return clients;
}

http::ServerOptions with_connections(std::size_t shared, std::size_t local) {
  HttpLimits limits;
  limits.connections_max = shared;
  limits.socket_connections_max = local;
  return with_limits(limits);
}

/// A request above the maximum: refused, told why, and hung up.
template <class Address>
void is_refused(const Address& address, std::string_view method, std::string_view path) {
  INFO(method << ' ' << path);
  Client client{address};
  const Response answer = client.call(method, path, method == "GET" ? "" : "{}");
  CHECK(answer.status == 503);
  CHECK(answer.code() == "too_many_connections");
  CHECK(answer.field("retry-after") == "1");
  CHECK(client.at_end());
}

}  // namespace

TEST_CASE("the breaker, the status and health are an operator's calls, and no other is") {
  const std::set<std::string> expected{
      "GET /api/v1/breaker",
      "GET /api/v1/breaker/allow",
      "POST /api/v1/breaker/failures",
      "POST /api/v1/breaker/open",
      "POST /api/v1/breaker/close",
      "GET /api/v1/queue/circuit-breaker-status",
      "POST /api/v1/queue/open-circuit-breaker",
      "POST /api/v1/queue/close-circuit-breaker",
      "GET /api/v1/queue-management/status",
      "POST /api/v1/queue-management/pause-service",
      "POST /api/v1/queue-management/resume-service",
      "GET /api/v1/queue-management/circuit-breakers",
      "POST /api/v1/queue-management/circuit-breakers/apollo/reset",
      "POST /api/v1/queue-management/close-circuit",
      "POST /api/v1/queue-management/resume-queue",
      "GET /api/v1/queue-management/ramp",
      "POST /api/v1/queue-management/ramp/stop",
      "GET /livez",
      "GET /readyz",
  };
  std::set<std::string> found;
  for (const http::RouteGroup& group : http::route_groups())
    for (const http::Route& route : group.routes)
      if (route.is_operators) found.insert(std::string{name_of(route.method)} + ' ' + path_of(group, route));
  CHECK(found == expected);
}

TEST_CASE("above the maximum of connections every operator's call is answered, and anything else is 503") {
  TestServer server{with_connections(3, 1)};
  const auto others = served(server.port(), 3);
  for (const http::RouteGroup& group : http::route_groups()) {
    for (const http::Route& route : group.routes) {
      const std::string path = path_of(group, route);
      if (!route.is_operators) {
        is_refused(server.port(), name_of(route.method), path);
        continue;
      }
      INFO(name_of(route.method) << ' ' << path);
      Client person{server.port()};
      const Response answer = person.call(name_of(route.method), path);
      CHECK(answer.status != 503);
      CHECK(answer.field("connection") == "close");
      CHECK(person.at_end());  // the next operator waits
    }
  }
  is_refused(server.port(), "GET", "/nowhere");
}

TEST_CASE("so many operators are served at a time, and more are told so") {
  TestServer server{with_connections(1, 1)};
  server.backend.hold_answers();
  const auto others = served(server.port(), 1);
  std::deque<Client> persons;
  for (std::size_t i = 0; i < operator_connections_max; ++i) {
    persons.emplace_back(server.port()).send(request("POST", "/api/v1/breaker/open", R"({"reason":"drill"})"));
    server.backend.wait_for(i + 1);
  }
  Client more{server.port()};
  const Response refused = more.receive();
  CHECK(refused.status == 503);
  CHECK(refused.code() == "too_many_connections");
  server.backend.release_all();
  for (Client& person : persons) CHECK(person.receive().status == 200);
}

TEST_CASE("an operator's call over the Unix socket is answered while others' requests fill their bound") {
  const breakerd::test::TempDir folder;
  HttpLimits limits;
  limits.requests_in_flight_max = 1;
  TestServer server{with_limits(limits)};
  REQUIRE(server.listen_locally(folder.path() / "s").has_value());
  server.backend.hold_answers();
  Client busy{server.port()};
  busy.send(request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(1);
  Client person{folder.path() / "s"};
  CHECK(person.get("/api/v1/jobs").code() == "overloaded");
  CHECK(person.get("/api/v1/breaker").status == 200);
  person.send(request("POST", "/api/v1/breaker/close", R"({"reason":"well again"})"));
  server.backend.wait_for(2);
  server.backend.release_all();
  CHECK(person.receive().status == 200);
  CHECK(busy.receive().status == 201);
}

TEST_CASE("the Unix socket has room when TCP has none, and a room above it for operators as well") {
  const breakerd::test::TempDir folder;
  const auto path = folder.path() / "s";
  TestServer server{with_connections(1, 2)};
  REQUIRE(server.listen_locally(path).has_value());
  const auto others = served(server.port(), 1);
  is_refused(server.port(), "POST", "/api/v1/jobs");
  auto local = served(path, 2);
  CHECK(local.front().post("/api/v1/jobs", job).status == 201);
  is_refused(path, "POST", "/api/v1/jobs");
  CHECK(Client{path}.get("/api/v1/breaker").status == 200);
  local.clear();
  // Those have left when the server has seen them go.
  while (Client{path}.post("/api/v1/jobs", job).status != 201) {
  }
}
