// What clients of the service that breakerd replaces ask of one job: its status, its end, and why it is paused.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::StartsWith;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  std::string enqueue(json job = {{"job_type", "enrich"}}) {
    return "/api/v1/jobs/" + std::to_string(post("/api/v1/jobs", job).at("id").get<int>());
  }
  std::string start_campaign() {
    const std::string id = post("/api/v1/campaigns", {{"name", "c"}}).at("id");
    post("/api/v1/campaigns/" + id + "/start");
    return id;
  }
  json lease() { return post("/api/v1/leases", {{"worker", "w"}}).at("jobs").at(0); }
  std::string reason_of(const std::string& job) { return get(job).at("pause_reason"); }
};

}  // namespace

TEST_CASE("a job's status says what it waits for") {
  Daemon d;
  const std::string job = d.enqueue();
  const json status = d.get(job + "/status");
  CHECK(status.at("id") == 1);
  CHECK(status.at("status") == "PENDING");
  CHECK(status.at("job_type") == "enrich");
  CHECK(status.at("campaign_id").is_null());
  CHECK(status.at("created_at") == status.at("updated_at"));
  CHECK(status.at("completed_at").is_null());
  CHECK(status.at("error").is_null());
  CHECK(status.at("circuit_breaker") == json{{"state", "closed"}, {"can_process", true}});
  CHECK(!status.contains("pause_reason"));
  CHECK(!status.contains("resume_available"));
}

TEST_CASE("a job's status has its end and its error") {
  Daemon d;
  const std::string done = d.enqueue();
  d.post(done + "/complete", {{"token", d.lease().at("token")}});
  const json completed = d.get(done + "/status");
  CHECK(completed.at("status") == "COMPLETED");
  CHECK(completed.at("completed_at") == d.get(done).at("finished_at"));
  const std::string bad = d.enqueue({{"job_type", "t"}, {"max_attempts", 1}});
  d.post(bad + "/fail", {{"token", d.lease().at("token")}, {"error", "bad row"}});
  CHECK(d.get(bad + "/status").at("status") == "FAILED");
  CHECK(d.get(bad + "/status").at("error") == "bad row");
  CHECK(d.get(bad + "/status").at("completed_at").is_string());
}

TEST_CASE("a job that the open circuit pauses says so, everywhere") {
  Daemon d;
  const std::string job = d.enqueue();
  CHECK(!d.get(job).contains("pause_reason"));
  d.post("/api/v1/breaker/failures", {{"error", "429"}, {"service", "apollo"}});
  const std::string reason = "Paused due to circuit breaker open: apollo: 429";
  CHECK(d.reason_of(job) == reason);
  const json status = d.get(job + "/status");
  CHECK(status.at("status") == "PAUSED");
  CHECK(status.at("pause_reason") == reason);
  CHECK(status.at("resume_available") == false);
  CHECK(status.at("circuit_breaker") == json{{"state", "open"}, {"can_process", false}});
  CHECK(d.get("/api/v1/jobs").at("jobs").at(0).at("pause_reason") == reason);
  CHECK(d.get("/api/v1/queue-management/paused-jobs/apollo").at("paused_jobs").at(0).at("pause_reason") == reason);
  d.post("/api/v1/breaker/close");
  CHECK(!d.get(job).contains("pause_reason"));
}

TEST_CASE("a job under a hold says which, and that resuming it is possible now") {
  Daemon d;
  const std::string campaign = d.start_campaign();
  const std::string job = d.enqueue({{"job_type", "t"}, {"campaign_id", campaign}});
  d.post("/api/v1/breaker/failures", {{"error", "429"}, {"service", "apollo"}});
  CHECK(d.reason_of(job) == "Paused due to circuit breaker open: apollo: 429");
  d.post("/api/v1/breaker/close");
  CHECK(d.reason_of(job) == d.get("/api/v1/campaigns/" + campaign).at("status_message"));
  CHECK(d.get(job + "/status").at("resume_available") == true);
  CHECK(d.get("/api/v1/queue-management/paused-jobs/apollo").at("paused_jobs").at(0).at("pause_reason") ==
        d.reason_of(job));
  d.post("/api/v1/queue-management/resume-queue");
  CHECK(d.get(job + "/status").at("status") == "PENDING");

  d.post("/api/v1/queue-management/pause-campaigns-for-service", {{"service", "hunter"}, {"reason", "drill"}});
  CHECK_THAT(d.reason_of(job), StartsWith("Paused: "));
  CHECK(d.reason_of(job) == d.get("/api/v1/campaigns/" + campaign).at("status_message"));
}

TEST_CASE("a job of a campaign that was paused by hand says who and why") {
  Daemon d;
  const std::string campaign = d.start_campaign();
  const std::string job = d.enqueue({{"job_type", "t"}, {"campaign_id", campaign}});
  d.post("/api/v1/campaigns/" + campaign + "/pause", {{"reason", "lunch"}});
  CHECK(d.reason_of(job) == "Paused by anonymous@127.0.0.1: lunch");
  CHECK(d.get(job + "/status").at("resume_available") == true);
}

TEST_CASE("DELETE cancels a job, and again is the same") {
  Daemon d;
  const std::string job = d.enqueue();
  for (int i = 0; i < 2; ++i) {
    const Response response = d.client.call("DELETE", job);
    CHECK(response.status == 200);
    CHECK(response.data().at("status") == "CANCELLED");
  }
  const std::string done = d.enqueue();
  d.post(done + "/complete", {{"token", d.lease().at("token")}});
  CHECK(d.client.call("DELETE", done).status == 409);
  CHECK(d.client.call("DELETE", done).json().at("job_status") == "COMPLETED");
  CHECK(d.client.call("DELETE", d.enqueue(), R"({"reason":"not needed"})").status == 200);
  CHECK(d.client.call("DELETE", done, R"({"nope":1})").refused_fields() == "nope");
  CHECK(d.client.call("DELETE", "/api/v1/campaigns").field("allow") == "POST, GET, HEAD");
}
