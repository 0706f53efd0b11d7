// Reports that leave out what went wrong: the failure of a service opens the circuit all the same.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

/// A daemon that is told of failures.
struct Daemon {
  RealServer server;
  Client client{server.port()};

  json breaker() { return client.get("/api/v1/breaker").data(); }

  /// Expects 422 about these fields, and an open circuit; closes it again.
  json opens(const std::string& path, const std::string& body, const std::string& fields) {
    INFO(path << " " << body);
    const Response response = client.post(path, body);
    CHECK(response.status == 422);
    CHECK(response.refused_fields() == fields);
    CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("the circuit is open"));
    const json opened = breaker();
    CHECK(opened.at("state") == "open");
    CHECK(client.post("/api/v1/breaker/close", R"({"reason":"next"})").status == 200);
    return opened.at("metadata");
  }

  /// Expects 422 and a circuit that stays closed, at the same epoch.
  void changes_nothing(const std::string& path, const std::string& body) {
    INFO(path << " " << body);
    const auto before = breaker().at("epoch");
    const Response response = client.post(path, body);
    CHECK(response.status == 422);
    CHECK(response.json().at("detail").get<std::string>().find("circuit") == std::string::npos);
    CHECK(breaker().at("epoch") == before);
  }
};

}  // namespace

TEST_CASE("a service failure without a usable error opens the circuit") {
  Daemon d;
  for (const char* error : {"", R"(,"error":"")", R"(,"error":null)", R"(,"error":17)", R"(,"error":{"a":1})"}) {
    const std::string more = R"("service":"apollo")" + std::string{error} + "}";
    const json of_job = d.opens("/api/v1/jobs/1/fail", R"({"token":"t",)" + more, "error");
    CHECK(of_job.at("last_error") == "no error given");
    CHECK(of_job.at("service") == "apollo");
    const json plain = d.opens("/api/v1/breaker/failures", "{" + more, "error");
    CHECK(plain.at("last_error") == "no error given");
    CHECK(plain.at("service") == "apollo");
  }
}

TEST_CASE("a service failure opens the circuit whatever its label is, even without an error") {
  Daemon d;
  const json metadata = d.opens("/api/v1/breaker/failures", R"({"service":"a b"})", "error service");
  CHECK_FALSE(metadata.contains("service"));
  CHECK_THAT(metadata.at("last_error").get<std::string>(), ContainsSubstring("a b"));
  d.opens("/api/v1/breaker/failures", R"({"service":17})", "service error");
  d.opens("/api/v1/jobs/1/fail", R"({"token":"t","service":17})", "service error");
  d.opens("/api/v1/jobs/nonsense/fail", R"({"service":"apollo"})", "token error");
}

TEST_CASE("a report of nothing changes nothing") {
  Daemon d;
  for (const char* body :
       {"", "{}", R"({"error":""})", R"({"error":null,"service":null})", R"({"error":"","service":""})"}) {
    d.changes_nothing("/api/v1/breaker/failures", body);
    d.changes_nothing("/api/v1/jobs/1/fail", body);
  }
}
