// What is not there: every 404 says "not found", because clients of the service that breakerd replaces look for it.

#include "tests/http/support/real_server.hpp"
#include "tests/http/support/routes.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Fields that the calls about one job insist on.
std::string body_of(const http::Route& route) {
  const std::string token(32, 'a');
  if (route.method == http::Method::put) return R"({"concurrency":1})";
  if (route.method == http::Method::patch) return R"({"missed":"once"})";
  if (route.pattern.ends_with("/fail")) return R"({"token":")" + token + R"(","error":"e"})";
  const bool of_lease =
      route.pattern.ends_with("/heartbeat") || route.pattern == "{job}/complete" || route.pattern.ends_with("/release");
  return of_lease ? R"({"token":")" + token + R"("})" : std::string{};
}

void says_not_found(const Response& response) {
  CHECK(response.status == 404);
  CHECK(response.code() == "not_found");
  CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("not found"));
}

}  // namespace

TEST_CASE("every call about a job or campaign that does not exist says not found") {
  RealServer server;
  Client client{server.port()};
  int calls = 0;
  for (const http::RouteGroup& group : http::route_groups()) {
    for (const http::Route& route : group.routes) {
      if (route.pattern.find("{job}") == std::string_view::npos &&
          route.pattern.find("{campaign}") == std::string_view::npos)
        continue;
      const std::string path = path_of(group, route);
      INFO(name_of(route.method) << " " << path);
      ++calls;
      const bool of_campaign = route.pattern.starts_with("{campaign}");
      says_not_found(client.call(name_of(route.method), path, of_campaign ? std::string{} : body_of(route)));
    }
  }
  CHECK(calls > 12);
}

TEST_CASE("what cannot exist is not found either") {
  RealServer server;
  Client client{server.port()};
  for (const char* path : {"/nowhere", "/api/v1/jobs/0", "/api/v1/jobs/x", "/api/v1/campaigns/x", "/api/v1/jobs/1/nope",
                           "/api/v1/campaigns/00000000-0000-0000-0000-000000000000"})
    says_not_found(client.get(path));
  says_not_found(client.post("/api/v1/jobs/x/fail", R"({"token":")" + std::string(32, 'a') + R"(","error":"e"})"));
  says_not_found(client.get("/api/v1/jobs?campaign_id=0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"));
  says_not_found(
      client.post("/api/v1/jobs", R"({"job_type":"t","campaign_id":"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"})"));
}
