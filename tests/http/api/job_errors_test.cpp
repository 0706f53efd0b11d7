// The errors that a job remembers, over HTTP.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  json errors() { return get("/api/v1/jobs/1").at("errors"); }
  /// The next lease of the job, by another worker each time.
  std::string lease() {
    const std::string worker = "worker-" + std::to_string(++leases_);
    return post("/api/v1/leases", {{"worker", worker}}).at("jobs").at(0).at("token");
  }
  json fail(json report) {
    report["token"] = lease();
    return post("/api/v1/jobs/1/fail", report);
  }

 private:
  int leases_ = 0;
};

const json retried_at_once = {{"max_attempts", 9}, {"backoff", {{"kind", "fixed"}, {"base_ms", 0}}}};

}  // namespace

TEST_CASE("a job shows how its last five leases that failed have ended") {
  Daemon d;
  d.post("/api/v1/jobs", {{"job_type", "mail"}, {"retry", retried_at_once}});
  CHECK(d.errors() == json::array());
  for (int attempt = 1; attempt <= 6; ++attempt)
    d.fail({{"error", "error " + std::to_string(attempt)}, {"error_type", "smtp"}});
  const json errors = d.errors();
  REQUIRE(errors.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    json one = errors[i];
    CHECK(one.at("time").is_string());
    one.erase("time");
    const std::string attempt = std::to_string(i + 2);
    CHECK(one == json{{"worker", "worker-" + attempt},
                      {"attempt", i + 2},
                      {"error", "error " + attempt},
                      {"error_type", "smtp"},
                      {"service", nullptr}});
  }
}

TEST_CASE("a service failure is among the errors of its job, as no attempt") {
  Daemon d;
  d.post("/api/v1/jobs", {{"job_type", "mail"}});
  d.fail({{"error", "429"}, {"service", "apollo"}});
  const json errors = d.errors();
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].at("attempt").is_null());
  CHECK(errors[0].at("service") == "apollo");
  CHECK(errors[0].at("worker") == "worker-1");
  CHECK(errors[0].at("error_type") == "unknown");
}

TEST_CASE("the errors stay when the job completes or is retried, and lists do not have them") {
  Daemon d;
  d.post("/api/v1/jobs", {{"job_type", "mail"}});
  const json failed = d.fail({{"error", "no mailbox"}, {"retry", false}});
  CHECK(failed.at("status") == "FAILED");
  CHECK(!failed.contains("errors"));
  d.post("/api/v1/jobs/1/retry", json::object());
  CHECK(d.errors().size() == 1);
  d.post("/api/v1/jobs/1/complete", {{"token", d.lease()}});
  CHECK(d.get("/api/v1/jobs/1").at("status") == "COMPLETED");
  CHECK(d.errors().size() == 1);
  CHECK(!d.get("/api/v1/jobs").at("jobs").at(0).contains("errors"));
}
