// Plans and parked jobs over HTTP, with the real core.

#include <thread>

#include "tests/http/support/keyed_daemon.hpp"
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string close_path = "/api/v1/breaker/close";
const std::string resume_path = "/api/v1/queue-management/resume-queue";

json plan_of(const json& actions) { return {{"plan", {{"actions", actions}}}}; }

struct Daemon : RealDaemon {
  Daemon() {
    enqueue("code", "sms");
    enqueue("letter", "post");
    enqueue("letter", "post");
    enqueue("report");
  }
  void open() { post("/api/v1/breaker/open", {{"reason", "drill"}}); }
  /// Opens and closes with this plan; the plan's command when it is through.
  json close(const json& actions) {
    open();
    return wait_for(post(close_path, plan_of(actions)).at("plan"));
  }
  json wait_for(const json& command) {
    const std::string path = "/api/v1/commands/" + std::to_string(command.at("id").get<int>());
    for (;;) {
      json now = get(path);
      if (now.at("state") != "running") return now;
      std::this_thread::yield();
    }
  }
  json preview(const std::string& path, const json& body = json::object()) {
    return post(path + "?dry_run=true", body).at("preview");
  }
  json start(const std::string& path, const json& filter) {
    const Response response = client.post(path, json{{"filter", filter}}.dump());
    INFO(response.body);
    REQUIRE(response.status == 202);
    CHECK(response.field("location") == "/api/v1/commands/" + std::to_string(response.data().at("id").get<int>()));
    return response.data();
  }
  std::string leased() {
    std::string ids;
    const json answer = post("/api/v1/leases", {{"worker", "w"}, {"max", 100}});
    for (const json& job : answer.at("jobs")) ids += std::to_string(job.at("id").get<int>()) + " ";
    return ids;
  }
  std::string listed(const std::string& query = "") {
    std::string ids;
    const json answer = get("/api/v1/parked" + query);
    for (const json& job : answer.at("jobs")) ids += std::to_string(job.at("id").get<int>()) + " ";
    return ids;
  }
  json job(int id) { return get("/api/v1/jobs/" + std::to_string(id)); }
  json counts() { return get("/api/v1/queue-management/status").at("job_counts"); }
  std::uint64_t last_seq() { return get("/api/v1/queue-management/status").at("queue").at("last_seq"); }
};

const json park_letters = {{{"do", "park"}, {"job_type", "letter"}}};

}  // namespace

TEST_CASE("a close with a plan releases, parks and cancels, and says what it did") {
  Daemon d;
  d.open();
  const json closed = d.post(
      close_path,
      {{"reason", "over"}, {"plan", {{"actions", {{{"do", "cancel"}, {"service", "sms"}}, park_letters.at(0)}}}}});
  CHECK(closed.at("state") == "closed");
  const json plan = closed.at("plan");
  CHECK(plan.at("kind") == "plan");
  CHECK(plan.at("reason") == "over");
  CHECK(plan.at("actions").at(0).at("do") == "cancel");
  CHECK(d.leased() == "4 ");
  const json done = d.wait_for(plan);
  CHECK(done.at("state") == "done");
  CHECK(done.at("parked") == 2);
  CHECK(done.at("cancelled") == 1);
  CHECK(d.job(1).at("status") == "CANCELLED");
  CHECK(d.job(2).at("status") == "PAUSED");
  CHECK(d.job(2).at("pause_reason") == "parked: by command 1");
  CHECK(d.counts().at("PAUSED") == 2);
  CHECK(d.counts().at("parked") == 2);
  CHECK(d.get("/api/v1/commands").at("commands").at(0).at("id") == 1);
}

TEST_CASE("a dry run counts what a plan would do while the circuit is open, and changes nothing") {
  Daemon d;
  d.open();
  const std::uint64_t before = d.last_seq();
  for (const std::string& path : {close_path, std::string{"/api/v1/queue-management/close-circuit"}, resume_path}) {
    INFO(path);
    const json preview = d.preview(path, plan_of(park_letters));
    CHECK(preview.at("park").at("jobs") == 2);
    CHECK(preview.at("park").at("by_type") == json::parse(R"([{"job_type":"letter","jobs":2}])"));
    CHECK(preview.at("park").at("by_service") == json::parse(R"([{"service":"post","jobs":2}])"));
    CHECK(preview.at("park").at("by_campaign") == json::parse(R"([{"campaign_id":null,"jobs":2}])"));
    CHECK(preview.at("park").at("oldest_at") == d.job(2).at("created_at"));
    CHECK(preview.at("release").at("jobs") == 2);
    CHECK(preview.at("cancel").at("jobs") == 0);
    CHECK(d.preview(path).at("release").at("jobs") == 4);
  }
  const json answer = d.post(close_path + "?dry_run=true");
  CHECK(answer.at("seq") == before);
  CHECK(answer.at("drain_ms").is_null());
  CHECK(d.last_seq() == before);
  CHECK(d.get("/api/v1/breaker").at("state") == "open");
}

TEST_CASE("a preview is what the plan does, held jobs and those that wait for a time with it") {
  Daemon d;
  const std::string spring = d.start_campaign();
  d.enqueue("letter", "post", spring);
  d.post("/api/v1/jobs", {{"job_type", "letter"}, {"delay_ms", 3'600'000}});
  d.post("/api/v1/holds", {{"job_type", "letter"}});
  CHECK(d.leased() == "1 4 ");
  d.open();
  const json preview = d.preview(close_path, plan_of(park_letters));
  CHECK(preview.at("park").at("jobs") == 4);
  CHECK(preview.at("release").at("jobs") == 0);  // the others have a worker
  const json done = d.wait_for(d.post(close_path, plan_of(park_letters)).at("plan"));
  CHECK(done.at("parked") == 4);
  CHECK(d.listed() == "2 3 5 6 ");
  CHECK(d.listed("?campaign_id=" + spring) == "5 ");
  CHECK(d.preview(resume_path).at("release").at("jobs") == 0);
}

TEST_CASE("a plan with a close of a closed circuit goes with resume-queue") {
  Daemon d;
  const Response refused = d.client.post(close_path, plan_of(park_letters).dump());
  CHECK(refused.status == 409);
  CHECK(refused.code() == "wrong_state");
  CHECK(refused.json().at("detail").get<std::string>().find("resume-queue") != std::string::npos);
  CHECK(d.client.post("/api/v1/queue-management/close-circuit", plan_of(park_letters).dump()).status == 409);
  const json resumed = d.post(resume_path, plan_of(park_letters));
  CHECK(resumed.at("plan").at("kind") == "plan");
  CHECK(d.wait_for(resumed.at("plan")).at("parked") == 2);
  d.open();
  const Response open = d.client.post(resume_path, plan_of(park_letters).dump());
  CHECK(open.status == 400);
  CHECK(open.code() == "circuit_open");
}

TEST_CASE("parked jobs are listed page by page, and released or cancelled by a filter") {
  Daemon d;
  d.close({{{"do", "park"}}});
  CHECK(d.leased().empty());
  CHECK(d.listed() == "1 2 3 4 ");
  CHECK(d.listed("?job_type=letter") == "2 3 ");
  CHECK(d.listed("?service=sms") == "1 ");
  const json page = d.get("/api/v1/parked?limit=3");
  CHECK(page.at("jobs").size() == 3);
  CHECK(d.listed("?limit=3&cursor=" + page.at("next_cursor").get<std::string>()) == "4 ");

  CHECK(d.post("/api/v1/parked/release?dry_run=true", {{"filter", {{"job_type", "letter"}}}}).at("matched") == 2);
  CHECK(d.post("/api/v1/parked/cancel?dry_run=true", {{"filter", json::object()}}).at("matched") == 4);
  CHECK(d.post("/api/v1/parked/cancel?dry_run=true", {{"filter", {{"older_than_ms", 3'600'000}}}}).at("matched") == 0);
  CHECK(d.listed() == "1 2 3 4 ");

  const json release = d.start("/api/v1/parked/release", {{"ids", {2, 4, 987'654}}});
  CHECK(release.at("kind") == "release_parked");
  CHECK(release.at("matched") == 2);
  CHECK(d.wait_for(release).at("done") == 2);
  CHECK(d.leased() == "2 4 ");
  const json cancel = d.start("/api/v1/parked/cancel", {{"service", "SMS"}});
  CHECK(cancel.at("filter").at("service") == "sms");
  CHECK(d.wait_for(cancel).at("done") == 1);
  CHECK(d.job(1).at("status") == "CANCELLED");
  CHECK(d.listed() == "3 ");
  CHECK(d.start("/api/v1/parked/release", {{"job_type", "nothing"}}).at("matched") == 0);
}

TEST_CASE("a parked job says why, and is cancelled as any other") {
  Daemon d;
  d.close(park_letters);
  const json why = d.get("/api/v1/jobs/2/why");
  CHECK(why.at("runnable") == false);
  REQUIRE(why.at("conditions").size() == 1);
  CHECK(why.at("conditions").at(0).at("kind") == "parked");
  CHECK(why.at("conditions").at(0).at("ends_by") == "release");
  CHECK(d.post("/api/v1/jobs/2/cancel").at("status") == "CANCELLED");
  CHECK(d.listed() == "3 ");
  CHECK(d.counts().at("parked") == 1);
}

TEST_CASE("a campaign is not complete while a job of it is parked") {
  Daemon d;
  const std::string spring = d.start_campaign();
  d.enqueue("letter", nullptr, spring);
  d.post("/api/v1/campaigns/" + spring + "/seal");
  d.wait_for(d.post(resume_path, plan_of(park_letters)).at("plan"));
  const json campaign = d.get("/api/v1/campaigns/" + spring);
  CHECK(campaign.at("status") == "RUNNING");
  CHECK(campaign.at("job_counts").at("PAUSED") == 1);
  CHECK(campaign.at("job_counts").at("parked") == 1);
  d.wait_for(d.start("/api/v1/parked/cancel", {{"campaign_id", spring}}));
  CHECK(d.get("/api/v1/campaigns/" + spring).at("status") == "COMPLETED");
}

TEST_CASE("a newer plan takes the place of the one that runs, and a stopped one lets go of the rest") {
  Daemon d;
  d.open();
  const json older = d.post(close_path, plan_of({{{"do", "park"}}})).at("plan");
  d.wait_for(d.post(resume_path, plan_of(json::array())).at("plan"));
  CHECK(d.wait_for(older).at("state") != "running");
  const std::string path = "/api/v1/commands/" + std::to_string(older.at("id").get<int>());
  CHECK(d.post(path + "/stop").at("kind") == "plan");
}

TEST_CASE("a close with a plan and a key is done once") {
  KeyedDaemon d;
  d.made("/api/v1/jobs", R"({"job_type":"letter"})");
  d.made("/api/v1/breaker/open");
  const Response closed = d.twice("POST", close_path, plan_of(park_letters).dump());
  CHECK(closed.data().at("plan").at("id") == 1);
  CHECK(d.events("JobCommandStarted") == 1);
}

TEST_CASE("a dry run of a plan with a key is decided anew") {
  KeyedDaemon d;
  d.made("/api/v1/jobs", R"({"job_type":"letter"})");
  const std::string body = plan_of(park_letters).dump();
  CHECK(d.post(resume_path + "?dry_run=true", body).data().at("preview").at("park").at("jobs") == 1);
  d.made("/api/v1/jobs", R"({"job_type":"letter"})");
  const Response second = d.post(resume_path + "?dry_run=true", body);
  CHECK_FALSE(is_replayed(second));
  CHECK(second.data().at("preview").at("park").at("jobs") == 2);
}

TEST_CASE("what would be refused is so when it is only looked at") {
  Daemon d;
  const std::string look = close_path + "?dry_run=true";
  CHECK(d.client.post(look, plan_of(park_letters).dump()).code() == "wrong_state");  // the circuit is CLOSED
  CHECK(d.client.post(look, "{}").status == 200);
  d.open();
  CHECK(d.client.post(look, R"({"epoch":1})").status == 200);
  CHECK(d.client.post(look, R"({"epoch":77})").code() == "circuit_changed");
}
