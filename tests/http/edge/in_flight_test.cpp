// Running work is visible whatever it reads as: who holds a job, since when and until when, and how many there are.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  json lease(const std::string& worker) {
    return post("/api/v1/leases", {{"worker", worker}, {"lease_ms", 60'000}}).at("jobs").at(0);
  }
  json job(int id) { return get("/api/v1/jobs/" + std::to_string(id)); }
  json end(const json& leased, const std::string& how, json body = json::object()) {
    body["token"] = leased.at("token");
    return post("/api/v1/jobs/" + std::to_string(leased.at("id").get<int>()) + "/" + how, body);
  }
  json status() { return get("/api/v1/queue-management/status"); }
};

}  // namespace

TEST_CASE("a job shows who holds it now, since when and until when, also while the circuit is open") {
  Daemon d;
  CHECK(d.post("/api/v1/jobs", {{"job_type", "t"}}).at("lease").is_null());
  CHECK(d.job(1).at("lease").is_null());
  CHECK(d.job(1).at("worker").is_null());
  CHECK(d.job(1).at("last_worker").is_null());
  const json leased = d.lease("one");
  d.post("/api/v1/breaker/open", {{"service", "apollo"}});
  for (const json& shown : {d.job(1), d.get("/api/v1/jobs").at("jobs").at(0)}) {
    CHECK(shown.at("status") == "PAUSED");
    CHECK(shown.at("lease").at("worker") == "one");
    CHECK(shown.at("lease").at("since") == shown.at("started_at"));
    CHECK(shown.at("lease").at("expires_at") == leased.at("lease_expires_at"));
    CHECK(shown.at("worker") == "one");
    CHECK(shown.at("last_worker") == "one");
  }
  const json paused = d.get("/api/v1/queue-management/paused-jobs/apollo").at("paused_jobs").at(0);
  CHECK(paused.at("lease") == d.job(1).at("lease"));
}

TEST_CASE("a heartbeat moves the end of the lease that is shown") {
  Daemon d;
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  const json leased = d.lease("one");
  const json beat = d.end(leased, "heartbeat");
  CHECK(beat.at("lease_expires_at") != leased.at("lease_expires_at"));
  CHECK(d.job(1).at("lease").at("expires_at") == beat.at("lease_expires_at"));
  CHECK(d.job(1).at("lease").at("since") == d.job(1).at("started_at"));
}

TEST_CASE("worker is who holds a job now, last_worker who held it last") {
  Daemon d;
  d.post("/api/v1/jobs", {{"job_type", "t"}});
  const auto is_free = [&](const json& job, const std::string& last) {
    CHECK(job.at("lease").is_null());
    CHECK(job.at("worker").is_null());
    CHECK(job.at("last_worker") == last);
  };
  is_free(d.end(d.lease("one"), "release"), "one");
  is_free(d.job(1), "one");
  is_free(d.end(d.lease("two"), "fail", {{"error", "bad row"}, {"retry_after_ms", 0}}), "two");
  is_free(d.job(1), "two");
  const json third = d.lease("three");
  CHECK(d.job(1).at("worker") == "three");
  is_free(d.end(third, "fail", {{"error", "429"}, {"service", "apollo"}}), "three");
  d.post("/api/v1/breaker/close");
  is_free(d.end(d.lease("four"), "complete"), "four");
  is_free(d.job(1), "four");
}

TEST_CASE("the status counts running work, whatever stands over it") {
  Daemon d;
  CHECK(d.status().at("in_flight") == 0);
  d.post("/api/v1/jobs/batch", json(3, {{"job_type", "t"}}));
  const std::string campaign = d.post("/api/v1/campaigns", {{"name", "c"}}).at("id");
  const std::string campaigns = "/api/v1/campaigns/" + campaign;
  d.post(campaigns + "/start");
  d.post("/api/v1/jobs/batch", json(2, {{"job_type", "c"}, {"campaign_id", campaign}}));
  std::vector<json> leased;
  for (int i = 0; i < 5; ++i) leased.push_back(d.lease("w"));
  CHECK(d.status().at("in_flight") == 5);
  CHECK(d.status().at("job_counts").at("PROCESSING") == 5);
  CHECK(d.get(campaigns).at("in_flight") == 2);
  d.post("/api/v1/queue-management/pause-campaigns-for-service", {{"service", "apollo"}});
  CHECK(d.status().at("in_flight") == 5);
  d.post(campaigns + "/pause");
  CHECK(d.status().at("in_flight") == 5);
  d.post("/api/v1/breaker/open");
  CHECK(d.status().at("in_flight") == 5);
  CHECK(d.status().at("job_counts").at("PROCESSING") == 0);
  CHECK(d.get(campaigns).at("in_flight") == 2);
  for (const json& job : leased)
    if (!job.at("campaign_id").is_null()) {
      d.end(job, "complete");
      break;
    }
  CHECK(d.status().at("in_flight") == 4);
  d.post(campaigns + "/cancel");  // takes its one running job with it
  CHECK(d.status().at("in_flight") == 3);
  CHECK(d.get(campaigns).at("in_flight") == 0);
  for (const json& job : leased)
    if (!job.at("campaign_id").is_null()) CHECK(d.job(job.at("id")).at("lease").is_null());
}
