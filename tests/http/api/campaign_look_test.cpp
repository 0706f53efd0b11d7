// What clients of the service that breakerd replaces look for in a campaign: where it can go, whether it can be
// started, how it ended, and its latest jobs.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eventually.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  std::string create() {
    return "/api/v1/campaigns/" + post("/api/v1/campaigns", {{"name", "c"}}).at("id").get<std::string>();
  }
  json add_job(const std::string& campaign) {
    return post("/api/v1/jobs", {{"job_type", "t"}, {"campaign_id", campaign.substr(campaign.rfind('/') + 1)}});
  }
};

}  // namespace

TEST_CASE("a campaign shows where it can go from here") {
  Daemon d;
  const std::string campaign = d.create();
  const auto where = [&] { return d.get(campaign).at("valid_transitions"); };
  const json from_created{"RUNNING", "COMPLETED", "FAILED", "CANCELLED"};
  const json from_running{"PAUSED", "COMPLETED", "FAILED", "CANCELLED"};
  CHECK(where() == from_created);
  CHECK(d.post(campaign + "/start").at("valid_transitions") == from_running);
  d.post(campaign + "/pause");
  CHECK(where() == from_created);
  d.post(campaign + "/resume");
  d.post("/api/v1/breaker/open");
  CHECK(where() == from_created);  // PAUSED by the circuit
  d.post("/api/v1/breaker/close");
  d.post(campaign + "/cancel");
  CHECK(where() == json::array());
  CHECK(d.get("/api/v1/campaigns").at("campaigns").at(0).at("valid_transitions") == json::array());
}

TEST_CASE("a campaign shows when and how it ended") {
  Daemon d;
  const std::string done = d.create();
  for (const char* key : {"completed_at", "failed_at", "status_error"}) CHECK(d.get(done).at(key).is_null());
  const json completed = d.post(done + "/seal");
  CHECK(completed.at("status") == "COMPLETED");
  CHECK(completed.at("completed_at") == completed.at("finished_at"));
  CHECK(completed.at("failed_at").is_null());
  CHECK(completed.at("status_error").is_null());

  const std::string bad = d.create();
  d.post(bad + "/fail", {{"reason", "wrong data"}});
  const json failed = d.get(bad);
  CHECK(failed.at("failed_at") == failed.at("finished_at"));
  CHECK(failed.at("completed_at").is_null());
  CHECK_THAT(failed.at("status_error").get<std::string>(), ContainsSubstring("wrong data"));

  const std::string gone = d.create();
  d.post(gone + "/cancel", {{"reason", "no more"}});
  for (const char* key : {"completed_at", "failed_at", "status_error"}) CHECK(d.get(gone).at(key).is_null());
  const json overview = d.get("/api/v1/queue-management/campaign-status").at("campaigns_by_status");
  CHECK(overview.at("FAILED").at(0).at("status_error") == failed.at("status_error"));
}

TEST_CASE("a campaign shows its pace wherever it is shown whole, and when it may end") {
  Daemon d;
  const std::string campaign = d.create();
  d.post(campaign + "/start");
  for (int i = 0; i < 3; ++i) d.add_job(campaign);
  const json job = d.post("/api/v1/leases", {{"worker", "w"}, {"lease_ms", 60'000}}).at("jobs").at(0);
  const json still{{"jobs_per_minute", 0}, {"eta_seconds", nullptr}};
  CHECK(d.get(campaign).at("pace") == still);
  CHECK(d.get(campaign + "/details").at("campaign").at("pace") == still);
  CHECK(d.get("/api/v1/campaigns").at("campaigns").at(0).at("pace") == still);
  CHECK(d.post(campaign + "/seal").at("pace") == still);

  d.post("/api/v1/jobs/" + job.at("id").dump() + "/complete", {{"token", job.at("token")}});
  json pace;
  breakerd::test::eventually("the campaign hears of its job", [&] {
    pace = d.get(campaign).at("pace");
    return pace.at("jobs_per_minute") != 0;
  });
  const auto per_minute = pace.at("jobs_per_minute").get<unsigned>();
  CHECK(pace.at("eta_seconds") == (2 * 60 + per_minute - 1) / per_minute);
  d.post(campaign + "/pause");
  CHECK(d.get(campaign).at("pace").at("eta_seconds").is_null());
}

TEST_CASE("a start may say what is shown while the campaign runs") {
  Daemon d;
  const std::string campaign = d.create();
  const auto message = [&] { return d.get(campaign).at("status_message").get<std::string>(); };
  CHECK(d.client.post(campaign + "/start", R"({"status_message":7})").refused_fields() == "status_message");
  const std::string long_text(4097, 'x');
  CHECK(d.client.post(campaign + "/start", json{{"status_message", long_text}}.dump()).refused_fields() ==
        "status_message");
  CHECK(d.client.post(campaign + "/start", R"({"status":"go"})").refused_fields() == "status");
  CHECK(d.get(campaign).at("status") == "CREATED");
  CHECK(d.post(campaign + "/start", {{"status_message", "second wave"}}).at("status_message") == "second wave");
  CHECK(message() == "second wave");
  d.post("/api/v1/breaker/open");
  CHECK_THAT(message(), ContainsSubstring("Paused: "));
  d.post("/api/v1/breaker/close");
  d.post("/api/v1/queue-management/resume-queue");
  CHECK(message() == "second wave");
  CHECK(d.post(campaign + "/pause", {{"reason", "lunch"}}).at("status_message") ==
        "Paused by anonymous@127.0.0.1: lunch");
  CHECK(d.post(campaign + "/resume").at("status_message") == "Running");
  const std::string plain = d.create();
  CHECK(d.post(plain + "/start", {{"status_message", nullptr}}).at("status_message") == "Running");
}

TEST_CASE("whether a campaign can be started is told before it is tried") {
  Daemon d;
  const std::string campaign = d.create();
  const auto check = [&] { return d.get(campaign + "/start/validate"); };
  const auto starts = [&] { return d.client.post(campaign + "/start").status == 200; };
  json look = check();
  CHECK(look.at("can_start") == true);
  CHECK(look.at("campaign_status_valid") == true);
  CHECK(look.at("circuit_breaker_closed") == true);
  CHECK(look.at("validation_details").at("campaign_status") == "CREATED");
  CHECK(look.at("validation_details").at("circuit_breaker_state") == "closed");
  CHECK(look.at("validation_details").at("total_jobs") == 0);
  CHECK(look.at("warnings").size() == 1);  // it has no jobs
  CHECK(look.at("errors") == json::array());
  d.add_job(campaign);
  CHECK(check().at("warnings") == json::array());

  d.post("/api/v1/breaker/failures", {{"error", "429"}, {"service", "apollo"}});
  look = check();
  CHECK(look.at("can_start") == false);
  CHECK(look.at("campaign_status_valid") == true);
  CHECK(look.at("circuit_breaker_closed") == false);
  CHECK(look.at("errors").size() == 1);
  CHECK_THAT(look.at("errors").at(0).get<std::string>(), ContainsSubstring("circuit breaker is open"));
  CHECK(!starts());
  d.post("/api/v1/breaker/close");
  CHECK(check().at("can_start") == true);
  CHECK(starts());
  look = check();
  CHECK(look.at("can_start") == false);
  CHECK(look.at("campaign_status_valid") == false);
  CHECK(look.at("circuit_breaker_closed") == true);
  CHECK_THAT(look.at("errors").at(0).get<std::string>(), ContainsSubstring("RUNNING"));
  CHECK(!starts());
  CHECK(d.client.get(campaign + "/start/validate?x=1").refused_fields() == "x");
  CHECK(d.client.get(campaign + "/start").status == 405);
}

TEST_CASE("a campaign's details have its counts and its latest jobs, the newest first") {
  Daemon d;
  const std::string campaign = d.create();
  const std::string other = d.create();
  CHECK(d.get(campaign + "/details").at("latest_jobs") == json::array());
  std::vector<int> newest;
  for (int i = 0; i < 30; ++i) {
    newest.insert(newest.begin(), d.add_job(campaign).at("id").get<int>());
    d.add_job(other);
  }
  d.post("/api/v1/jobs/batch", json(600, {{"job_type", "none"}}));  // in between, so that ids are far apart
  newest.insert(newest.begin(), d.add_job(campaign).at("id").get<int>());
  newest.resize(20);
  d.post("/api/v1/jobs/1/cancel");
  const json details = d.get(campaign + "/details");
  CHECK(details.at("campaign") == d.get(campaign));
  CHECK(details.at("job_counts").at("PENDING") == 30);
  CHECK(details.at("job_counts").at("CANCELLED") == 1);
  CHECK(details.at("in_flight") == 0);
  std::vector<int> shown;
  for (const json& job : details.at("latest_jobs")) shown.push_back(job.at("id"));
  CHECK(shown == newest);
  CHECK(details.at("latest_jobs").at(0).at("status") == "PENDING");
  CHECK(d.client.get(campaign + "/details?x=1").refused_fields() == "x");
}
