// Jobs that expire, over HTTP.

#include <thread>

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  json enqueue(json more) {
    more["job_type"] = "code";
    return post("/api/v1/jobs", more);
  }
  std::string refused(json more) {
    more["job_type"] = "code";
    const Response response = client.post("/api/v1/jobs", more.dump());
    CHECK(response.status == 422);
    return response.refused_fields();
  }
  void wait_until_expired(int job) {
    const std::string path = "/api/v1/jobs/" + std::to_string(job);
    while (get(path).at("status") != "EXPIRED") std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("a job that nobody starts in time is EXPIRED, listed, counted and retried") {
  Daemon d;
  CHECK(d.enqueue(json::object()).at("expires_at").is_null());
  const json job = d.enqueue({{"expires_in_ms", 1}});
  CHECK(job.at("expires_at").is_string());
  d.wait_until_expired(2);
  const json expired = d.get("/api/v1/jobs/2");
  CHECK(expired.at("error_type") == "expired");
  CHECK(expired.at("expires_at").is_null());
  CHECK(d.get("/api/v1/queue-management/status").at("job_counts").at("EXPIRED") == 1);
  const json listed = d.get("/api/v1/jobs?status=EXPIRED").at("jobs");
  REQUIRE(listed.size() == 1);
  CHECK(listed.at(0).at("id") == 2);
  const json leased = d.post("/api/v1/leases", {{"worker", "w"}, {"max", 10}}).at("jobs");
  REQUIRE(leased.size() == 1);
  CHECK(leased.at(0).at("id") == 1);
  const json counted = d.post("/api/v1/jobs/discard?dry_run=true", {{"filter", {{"status", "EXPIRED"}}}});
  CHECK(counted.at("matched") == 1);
  CHECK(d.post("/api/v1/jobs/discard?dry_run=true", {{"filter", json::object()}}).at("matched") == 0);
  CHECK(d.post("/api/v1/jobs/2/discard", json::object()).at("status") == "CANCELLED");
}

TEST_CASE("why an expired job waits no more") {
  Daemon d;
  d.enqueue({{"expires_in_ms", 1}});
  d.wait_until_expired(1);
  const json why = d.get("/api/v1/jobs/1/why");
  REQUIRE(why.at("conditions").size() == 1);
  CHECK(why.at("conditions").at(0).at("detail") == "it is EXPIRED: nobody started it in time");
  CHECK(why.at("conditions").at(0).at("ends_by") == "retry");
}

TEST_CASE("a job that could never be started in time is refused, and nothing is enqueued") {
  Daemon d;
  CHECK(d.refused({{"expires_at", "2020-01-01T00:00:00Z"}}) == "expires_at");
  CHECK(d.refused({{"expires_at", "soon"}}) == "expires_at");
  CHECK(d.refused({{"expires_at", "9000-01-01T00:00:00Z"}, {"expires_in_ms", 5}}) == "expires_in_ms");
  CHECK(d.refused({{"expires_in_ms", -1}}) == "expires_in_ms");
  CHECK(d.refused({{"expires_in_ms", "5"}}) == "expires_in_ms");
  CHECK(d.refused({{"expires_in_ms", 31'622'400'001}}) == "expires_in_ms");
  CHECK(d.refused({{"expires_in_ms", 5'000}, {"delay_ms", 5'000}}) == "expires_in_ms");
  CHECK(d.refused({{"run_at", "8000-01-01T00:00:00Z"}, {"expires_at", "7000-01-01T00:00:00Z"}}) == "expires_at");
  const Response batch =
      d.client.post("/api/v1/jobs/batch", R"([{"job_type":"a"},{"job_type":"b","expires_at":"2020-01-01T00:00:00Z"}])");
  CHECK(batch.refused_fields() == "[1].expires_at");
  const Response filter = d.client.post("/api/v1/jobs/retry", R"({"filter":{"status":"COMPLETED"}})");
  CHECK(filter.status == 422);
  CHECK(filter.refused_fields() == "filter.status");
  CHECK(d.get("/api/v1/queue-management/status").at("queue").at("last_job_id") == 0);
}
