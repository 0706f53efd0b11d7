// Query parameters that a call does not know: refused by name, and nothing is done; but a report counts all the same.

#include "tests/http/support/routes.hpp"
#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("every call refuses a query parameter that it does not know, by name, and does nothing") {
  TestServer server;
  Client client{server.port()};
  for (const http::RouteGroup& group : http::route_groups()) {
    for (const http::Route& route : group.routes) {
      const std::string path = path_of(group, route) + "?nonsense=1";
      INFO(path);
      const Response response = client.call(name_of(route.method), path);
      CHECK(response.status == 422);
      CHECK((' ' + response.refused_fields() + ' ').find(" nonsense ") != std::string::npos);
      CHECK(server.backend.take_submitted().empty());
    }
  }
}

TEST_CASE("fields do not go into the query") {
  TestServer server;
  Client client{server.port()};
  for (const char* path :
       {"/api/v1/queue/close-circuit-breaker?epoch=1", "/api/v1/breaker/open?reason=drill",
        "/api/v1/jobs/3/cancel?reason=x", "/api/v1/queue-management/circuit-breakers/smtp/reset?epoch=1"}) {
    INFO(path);
    const Response response = client.post(path);
    CHECK(response.status == 422);
    CHECK(response.code() == "invalid");
    CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("no query parameters"));
  }
  CHECK(client.post("/api/v1/breaker/close?epoch=1").refused_fields() == "epoch");
  CHECK(client.get("/livez?x").refused_fields() == "x");
  CHECK(client.call("HEAD", "/api/v1/breaker?x=1").status == 422);
  CHECK(client.get("/nowhere?x=1").status == 404);
  CHECK(server.backend.take_submitted().empty());
}

TEST_CASE("query parameters and fields are refused together") {
  TestServer server;
  Client client{server.port()};
  CHECK(client.post("/api/v1/breaker/close?dry_run=1", R"({"epoch":-1})").refused_fields() == "epoch dry_run");
  CHECK(client.post("/api/v1/jobs?x=1", "{}").refused_fields() == "job_type x");
  CHECK(client.post("/api/v1/jobs?x=1", "{").status == 400);
}

TEST_CASE("a report with a query parameter opens the circuit, and is refused") {
  TestServer server;
  Client client{server.port()};
  const auto opens = [&](const std::string& path, const std::string& body) {
    INFO(path << body);
    const Response response = client.post(path, body);
    CHECK(response.status == 422);
    CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
    CHECK(server.backend.take_one<RecordFailure>().error.starts_with("429"));
  };
  opens("/api/v1/breaker/failures?dry_run=1", R"({"error":"429"})");
  opens("/api/v1/jobs/3/fail?x=1", R"({"token":"t","error":"429","service":"apollo"})");
  opens("/api/v1/jobs/x/fail?x=1", R"({"token":"t","error":"429","service":"apollo"})");
  opens("/api/v1/jobs/3/fail?service=apollo", R"({"token":"t","error":"429"})");
  CHECK(client.post("/api/v1/jobs/3/fail?x=1", R"({"token":"t","error":"bad row"})").refused_fields() == "x");
  CHECK(server.backend.take_submitted().empty());
}

TEST_CASE("a parameter whose value is not UTF-8 is named") {
  TestServer server;
  Client client{server.port()};
  CHECK(client.get("/api/v1/jobs?job_type=%ff").refused_fields() == "job_type");
  CHECK(client.get("/api/v1/jobs?job_type=a&limit=%ff").refused_fields() == "limit");
  CHECK(client.get("/api/v1/jobs?%ff=a").refused_fields() == "query");
}

TEST_CASE("the number of parameters has a limit") {
  TestServer server;
  std::string many = "/api/v1/jobs?limit=1";
  for (int i = 0; i < 1'000; ++i) many += "&p" + std::to_string(i);
  const Response response = Client{server.port()}.get(many);
  CHECK(response.status == 422);
  CHECK(response.refused_fields().starts_with("query p0 p1"));
}

TEST_CASE("query parameters are checked") {
  TestServer server;
  Client client{server.port()};
  const auto refused = [&](const std::string& path, const std::string& fields) {
    INFO(path);
    const Response response = client.get(path);
    CHECK(response.status == 422);
    CHECK(response.refused_fields() == fields);
  };
  refused("/api/v1/jobs?limit=0", "limit");
  refused("/api/v1/jobs?limit=1001", "limit");
  refused("/api/v1/jobs?limit=-1", "limit");
  refused("/api/v1/jobs?limit=1x", "limit");
  refused("/api/v1/jobs?limit=1&limit=2", "limit");
  refused("/api/v1/jobs?status=pending", "status");
  refused("/api/v1/jobs?campaign_id=7", "campaign_id");
  refused("/api/v1/jobs?cursor=zzz", "cursor");
  refused("/api/v1/jobs?state=x&offset=2", "state offset");
  refused("/api/v1/campaigns?status=OPEN", "status");
  refused("/api/v1/events?from=0", "from");
  refused("/api/v1/events?type=Nonsense", "type");
  refused("/api/v1/events?stream=nonsense", "stream");
}

TEST_CASE("unknown paths are 404 and wrong methods 405") {
  TestServer server;
  Client client{server.port()};
  for (const char* path : {"/", "/api", "/api/v1", "/livez//", "/api/v2/jobs", "/api/v1/leases/1", "/metrics/x"}) {
    const Response response = client.get(path);
    CHECK(response.status == 404);
    CHECK(response.code() == "not_found");
  }
  const Response wrong = client.call("DELETE", "/api/v1/jobs");
  CHECK(wrong.status == 405);
  CHECK(wrong.field("allow") == "POST, GET, HEAD");
  CHECK(client.get("/api/v1/leases").field("allow") == "POST");
  CHECK(client.post("/livez").field("allow") == "GET, HEAD");
  CHECK(client.call("BREW", "/livez").status == 405);
  CHECK(client.call("OPTIONS", "/livez").status == 405);
  CHECK(client.call("PUT", "/api/v1/campaigns/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "{}").field("allow") ==
        "GET, HEAD, PATCH");
}
