// A slash at the end of a path: the same path.

#include "tests/http/support/routes.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;
using namespace breakerd::http::test;

TEST_CASE("every call is found with a slash at its end, with the same parameters") {
  for (const RouteGroup& group : route_groups()) {
    for (const Route& route : group.routes) {
      const std::string path = path_of(group, route);
      INFO(name_of(route.method) << ' ' << path);
      PathParams plain;
      const Match without = find_route(route.method, path, plain);
      REQUIRE((without.handler != nullptr));
      const std::string slashed = path + '/';
      PathParams params;
      const Match with = find_route(route.method, slashed, params);
      CHECK((with.handler == without.handler));
      CHECK(with.has_parameters == without.has_parameters);
      CHECK(params.job == plain.job);
      CHECK(params.campaign == plain.campaign);
      CHECK(params.text == plain.text);
      CHECK(allow_field(slashed) == allow_field(path));
      PathParams ignored;
      CHECK_FALSE(find_route(route.method, path + "//", ignored).path_known);
    }
  }
}

TEST_CASE("a client may end a path with a slash, also before a query") {
  TestServer server;
  Client client{server.port()};
  CHECK(client.get("/livez/").status == 200);
  CHECK(client.get("/api/v1/jobs/?limit=5").status == 200);
  CHECK(client.post("/api/v1/jobs/", R"({"job_type":"enrich"})").status == 201);
  CHECK(client.post("/api/v1/breaker/failures/", R"({"error":"429"})").status == 200);
  CHECK(client.post("/api/v1/queue-management/close-circuit/", "{}").status == 200);
  CHECK(client.call("DELETE", "/api/v1/breaker/allow/").field("allow") == "GET, HEAD");
  CHECK(client.get("/api/v1/jobs//").status == 404);
}
