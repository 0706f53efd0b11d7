// Holds on jobs over HTTP, with the real core.

#include <thread>

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string holds_path = "/api/v1/holds";

struct Daemon : RealDaemon {
  /// The ids of the jobs of a lease.
  std::string lease(json more = json::object()) {
    more.update({{"worker", "w"}, {"max", 100}});
    std::string ids;
    const json leased = post("/api/v1/leases", more);
    for (const json& job : leased.at("jobs")) ids += std::to_string(job.at("id").get<int>()) + " ";
    return ids;
  }
  json holds(const std::string& query = "") { return get(holds_path + query); }
};

}  // namespace

TEST_CASE("jobs of a service are kept back until the hold is lifted, and all others are leased") {
  Daemon d;
  const std::string spring = d.start_campaign();
  d.enqueue("mail", "apollo");
  d.enqueue("mail", "hermes");
  d.enqueue("mail", "apollo", spring);
  d.enqueue("mail");
  const json hold = d.post(holds_path, {{"service", "Apollo"}, {"reason", "slow"}});
  CHECK(hold.at("id") == 1);
  CHECK(hold.at("service") == "apollo");
  CHECK(hold.at("job_type").is_null());
  CHECK(hold.at("reason") == "slow");
  CHECK(d.get("/api/v1/breaker").at("state") == "closed");
  CHECK(d.lease() == "2 4 ");
  CHECK(d.lease({{"job_types", {"mail"}}}).empty());
  const json listed = d.holds();
  REQUIRE(listed.at("holds").size() == 1);
  CHECK(listed.at("holds").at(0).at("waiting") == 2);
  CHECK(listed.at("next_cursor").is_null());
  CHECK(d.get("/api/v1/jobs/1").at("status") == "PENDING");
  CHECK(d.get("/api/v1/queue-management/status").at("queue").at("job_holds").at(0).at("id") == 1);
  const json why = d.get("/api/v1/jobs/1/why");
  CHECK(why.at("runnable") == false);
  CHECK(why.at("conditions").at(0).at("kind") == "hold");
  CHECK(why.at("conditions").at(0).at("hold_id") == 1);
  CHECK(why.at("conditions").at(0).at("ends_by") == "lift");
  CHECK(d.post(holds_path + "/1/lift", {{"reason", "fast"}}).at("id") == 1);
  CHECK(d.holds().at("holds").empty());
  CHECK(d.lease() == "3 1 ");
}

TEST_CASE("a hold is by service, by type, or by both") {
  Daemon d;
  d.enqueue("mail", "apollo");
  d.enqueue("mail", "hermes");
  d.enqueue("sms", "apollo");
  SECTION("by type") {
    d.post(holds_path, {{"job_type", "mail"}});
    CHECK(d.lease() == "3 ");
  }
  SECTION("by both") {
    d.post(holds_path, {{"job_type", "mail"}, {"service", "apollo"}});
    CHECK(d.lease() == "2 3 ");
  }
  SECTION("by two of them, one after the other") {
    d.post(holds_path, {{"job_type", "mail"}});
    d.post(holds_path, {{"service", "apollo"}});
    CHECK(d.lease().empty());
    d.post(holds_path + "/1/lift");
    CHECK(d.lease() == "2 ");
  }
}

TEST_CASE("a hold on a campaign keeps back its jobs, and its jobs of a type alone when it says so") {
  Daemon d;
  const std::string spring = d.start_campaign();
  const std::string summer = d.start_campaign();
  d.enqueue("mail", nullptr, spring);
  d.enqueue("sms", nullptr, spring);
  d.enqueue("mail", nullptr, summer);
  d.enqueue("mail");
  SECTION("the whole campaign") {
    const json hold = d.post(holds_path, {{"campaign_id", spring}});
    CHECK(hold.at("campaign_id") == spring);
    CHECK(d.lease() == "3 4 ");
    CHECK(d.lease().empty());
    CHECK(d.holds().at("holds").at(0).at("waiting") == 2);
    const json why = d.get("/api/v1/jobs/1/why");
    CHECK(why.at("conditions").at(0).at("ends_by") == "lift");
    CHECK(why.at("conditions").at(0).at("campaign_id") == spring);
    CHECK(d.get("/api/v1/campaigns/" + spring).at("status") == "RUNNING");
    d.post(holds_path + "/1/lift");
    CHECK(d.lease() == "1 2 ");
  }
  SECTION("its jobs of a type") {
    d.post(holds_path, {{"campaign_id", spring}, {"job_type", "mail"}});
    CHECK(d.lease() == "2 3 4 ");
    CHECK(d.holds().at("holds").at(0).at("waiting") == 1);
    d.post(holds_path + "/1/lift");
    CHECK(d.lease() == "1 ");
  }
  SECTION("beside one on the type") {
    d.post(holds_path, {{"campaign_id", spring}, {"job_type", "mail"}});
    d.post(holds_path, {{"job_type", "mail"}});
    CHECK(d.lease() == "2 ");
    d.post(holds_path + "/1/lift");
    CHECK(d.lease().empty());
  }
}

TEST_CASE("a hold on the same jobs is placed once") {
  Daemon d;
  const std::string body = R"({"service":"apollo","reason":"slow"})";
  CHECK(d.client.post(holds_path, body).status == 201);
  const Response again = d.client.post(holds_path, R"({"service":"apollo","reason":"still slow"})");
  CHECK(again.status == 200);
  CHECK(again.data().at("reason") == "slow");
  d.post(holds_path + "/1/lift");
  CHECK(d.client.post(holds_path, body).data().at("id") == 2);
}

TEST_CASE("a hold that makes no sense is refused, and one that is not there is not found") {
  Daemon d;
  const auto refused = [&](const char* body) { return d.client.post(holds_path, body).refused_fields(); };
  CHECK(refused("{}") == "service");
  CHECK(refused(R"({"service":"Not A Label!"})") == "service");
  CHECK(refused(R"({"job_type":7})") == "job_type service");
  CHECK(refused(R"({"service":"apollo","job_type":""})") == "job_type");  // it would hold more than was meant
  CHECK(refused(R"({"job_type":"a","campaign_id":"spring"})") == "campaign_id");
  CHECK(refused(R"({"campaign_id":null})") == "service");
  CHECK(d.client.post(holds_path, R"({"campaign_id":"01a22528-3edc-7b99-a493-80c76353a002"})").status == 404);
  CHECK(d.client.post(holds_path + "/1/lift", "{}").status == 404);
  CHECK(d.client.post(holds_path + "/1/lift", R"({"reason":1})").status == 422);
  CHECK(d.holds().at("holds").empty());
}

TEST_CASE("a lease that waits has the jobs of a hold when it is lifted") {
  Daemon d;
  d.post(holds_path, {{"job_type", "mail"}});
  d.enqueue("mail");
  std::string leased;
  std::thread waiting{[&] {
    Client other{d.server.port()};
    leased = other.post("/api/v1/leases", R"({"worker":"w","wait_ms":60000})").data().at("jobs").dump();
  }};
  while (d.get("/api/v1/queue-management/status").at("waiting_leases") == 0) std::this_thread::yield();
  d.post(holds_path + "/1/lift");
  waiting.join();
  CHECK(leased.find("\"id\":1") != std::string::npos);
}

TEST_CASE("the list of holds comes in pages, up to their bound") {
  Daemon d;
  for (std::size_t i = 1; i <= limits::job_holds_max; ++i) d.post(holds_path, {{"job_type", "t" + std::to_string(i)}});
  const Response refused = d.client.post(holds_path, R"({"job_type":"one more"})");
  CHECK(refused.status == 409);
  CHECK(refused.code() == "limit");
  const json first = d.holds("?limit=200");
  CHECK(first.at("holds").size() == 200);
  CHECK(first.at("next_cursor") == "200");
  const json rest = d.holds("?limit=200&cursor=200");
  CHECK(rest.at("holds").size() == limits::job_holds_max - 200);
  CHECK(rest.at("next_cursor").is_null());
}
