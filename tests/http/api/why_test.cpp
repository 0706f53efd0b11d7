// Why a job waits, and who works, over HTTP.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  void enqueue(int count = 1, const json& campaign = nullptr) {
    for (int i = 0; i < count; ++i) post("/api/v1/jobs", {{"job_type", "mail"}, {"campaign_id", campaign}});
  }
  json lease(const std::string& worker, int max = 1) {
    return post("/api/v1/leases", {{"worker", worker}, {"max", max}}).at("jobs");
  }
  json why(int job) { return get("/api/v1/jobs/" + std::to_string(job) + "/why"); }
  json workers(const std::string& query = "") { return get("/api/v1/workers" + query); }
  std::string names(const std::string& query = "") {
    std::string all;
    const json page = workers(query);
    for (const json& worker : page.at("workers")) all += worker.at("worker").get<std::string>() + " ";
    return all;
  }
};

}  // namespace

TEST_CASE("a job that a worker could have is runnable, and the one behind it waits for it") {
  Daemon d;
  d.enqueue(2);
  CHECK(d.why(1) == json{{"id", 1}, {"status", "PENDING"}, {"runnable", true}, {"conditions", json::array()}});
  const json second = d.why(2);
  CHECK(second.at("runnable") == false);
  const json& lane = second.at("conditions").at(0);
  CHECK(lane.at("kind") == "lane");
  CHECK(lane.at("ends_by") == "leases");
  CHECK(!lane.contains("since"));
  CHECK(!lane.contains("by"));
  CHECK(d.client.get("/api/v1/jobs/3/why").status == 404);
  CHECK(d.client.get("/api/v1/jobs/1/why?limit=1").status == 422);
  CHECK(d.client.post("/api/v1/jobs/1/why", "{}").status == 405);
}

TEST_CASE("what an outage and its hold do to a job is told in order") {
  Daemon d;
  const std::string campaign = d.post("/api/v1/campaigns", {{"name", "c"}}).at("id");
  d.post("/api/v1/campaigns/" + campaign + "/start");
  d.enqueue(1, campaign);
  d.post("/api/v1/breaker/failures", {{"error", "429"}, {"service", "apollo"}});
  const json why = d.why(1);
  CHECK(why.at("status") == "PAUSED");
  CHECK(why.at("runnable") == false);
  REQUIRE(why.at("conditions").size() == 2);
  const json& circuit = why.at("conditions").at(0);
  CHECK(circuit == json{{"kind", "circuit"},
                        {"detail", "the circuit is open, epoch 1: apollo: 429"},
                        {"since", d.get("/api/v1/breaker").at("opened_at")},
                        {"by", "anonymous@127.0.0.1"},
                        {"ends_by", "close"},
                        {"epoch", 1}});
  const json& hold = why.at("conditions").at(1);
  CHECK(hold.at("kind") == "hold");
  CHECK(hold.at("ends_by") == "resume-queue");
  CHECK(hold.at("service") == "apollo");
  CHECK(hold.at("campaign_id") == campaign);
}

TEST_CASE("a leased job names its worker, and an ended one its end") {
  Daemon d;
  d.enqueue();
  const json leased = d.lease("w").at(0);
  const json lease = d.why(1).at("conditions").at(0);
  CHECK(lease.at("kind") == "lease");
  CHECK(lease.at("by") == "w");
  CHECK(lease.at("until") == leased.at("lease_expires_at"));
  CHECK(lease.at("since").is_string());
  d.post("/api/v1/jobs/1/complete", {{"token", leased.at("token")}});
  const json why = d.why(1);
  CHECK(why.at("status") == "COMPLETED");
  CHECK(why.at("conditions").at(0).at("kind") == "ended");
  CHECK(why.at("conditions").at(0).at("ends_by").is_null());
}

TEST_CASE("workers are listed by name with what they hold") {
  Daemon d;
  CHECK(d.workers() == json{{"workers", json::array()}, {"next_cursor", nullptr}});
  d.enqueue(15);
  d.lease("w 2", 12);
  const json leased = d.lease("w-1").at(0);
  const json workers = d.workers().at("workers");
  REQUIRE(workers.size() == 2);
  CHECK(workers.at(0).at("worker") == "w 2");
  CHECK(workers.at(0).at("in_flight") == 12);
  CHECK(workers.at(0).at("jobs").size() == 10);
  CHECK(workers.at(0).at("waiting_leases") == 0);
  const json& other = workers.at(1);
  CHECK(other.at("worker") == "w-1");
  CHECK(other.at("jobs").at(0) == json{{"id", 13},
                                       {"job_type", "mail"},
                                       {"campaign_id", nullptr},
                                       {"since", other.at("since")},
                                       {"expires_at", leased.at("lease_expires_at")}});
  CHECK(other.at("last_heard_at") == other.at("since"));
  d.post("/api/v1/jobs/13/complete", {{"token", leased.at("token")}});
  CHECK(d.names() == "w 2 ");
}

TEST_CASE("the list of workers is read page by page") {
  Daemon d;
  d.enqueue(40);
  std::string all;
  for (int i = 10; i < 50; ++i) {
    const std::string name = "w" + std::to_string(i);
    CHECK(d.lease(name).size() == 1);
    all += name + " ";
  }
  CHECK(d.names() == all);
  CHECK(d.workers("?limit=2").at("next_cursor") == "w11");
  CHECK(d.names("?limit=2&cursor=w11") == "w12 w13 ");
  CHECK(d.workers("?limit=100&cursor=w48").at("next_cursor").is_null());
  CHECK(d.client.get("/api/v1/workers?limit=0").status == 422);
  CHECK(d.client.get("/api/v1/workers?page=1").status == 422);
}
