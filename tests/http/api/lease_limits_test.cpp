// Limits on leases over HTTP, with the real core.

#include <thread>

#include <breakerd/events/model/limits.hpp>
#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

const std::string limits_path = "/api/v1/limits";
const std::string apollo = limits_path + "/service/apollo";

struct Daemon : RealDaemon {
  json put(const std::string& path, const json& body) {
    const Response response = client.call("PUT", path, body.dump());
    INFO(path << " " << response.body);
    REQUIRE(response.status == 200);
    return response.data();
  }
  json remove(const std::string& path) {
    const Response response = client.call("DELETE", path);
    INFO(path << " " << response.body);
    REQUIRE(response.status == 200);
    return response.data();
  }
  json lease(json more = json::object()) {
    more.update({{"worker", "w"}, {"max", 100}});
    return post("/api/v1/leases", more).at("jobs");
  }
  static std::string ids_of(const json& jobs) {
    std::string ids;
    for (const json& job : jobs) ids += std::to_string(job.at("id").get<int>()) + " ";
    return ids;
  }
  std::string lease_ids(const json& more = json::object()) { return ids_of(lease(more)); }
  json status_limits() { return get("/api/v1/queue-management/status").at("queue").at("limits"); }
};

}  // namespace

TEST_CASE("no more jobs of a service are leased at a time than its limit says, and all others are") {
  Daemon d;
  const std::string spring = d.start_campaign();
  d.enqueue("mail", "apollo");
  d.enqueue("mail", "apollo", spring);
  d.enqueue("mail", "apollo");
  d.enqueue("mail", "hermes");
  const json limit = d.put(limits_path + "/service/Apollo", {{"concurrency", 2}, {"reason", "slow"}});
  CHECK(limit.at("kind") == "service");
  CHECK(limit.at("name") == "apollo");
  CHECK(limit.at("concurrency") == 2);
  CHECK(limit.at("rate_per_second").is_null());
  CHECK(limit.at("burst").is_null());
  CHECK(limit.at("reason") == "slow");
  const json leased = d.lease();
  CHECK(d.ids_of(leased) == "2 1 4 ");
  CHECK(d.lease().empty());

  json shown = d.get(apollo);
  CHECK(shown.at("in_flight") == 2);
  CHECK(shown.at("waiting") == 1);
  CHECK(shown.at("free_at").is_null());
  CHECK(d.status_limits() == json::array({shown}));
  const json why = d.get("/api/v1/jobs/3/why");
  CHECK(why.at("status") == "PENDING");
  REQUIRE(why.at("conditions").size() == 1);
  CHECK(why.at("conditions").at(0).at("kind") == "limit");
  CHECK(why.at("conditions").at(0).at("ends_by") == "worker");
  CHECK(why.at("conditions").at(0).at("service") == "apollo");

  d.post("/api/v1/jobs/1/complete", {{"token", leased.at(1).at("token")}});
  CHECK(d.get(apollo).at("in_flight") == 1);
  CHECK(d.lease_ids() == "3 ");
  CHECK(d.remove(apollo).at("concurrency") == 2);
  CHECK(d.client.get(apollo).status == 404);
  CHECK(d.status_limits().empty());
}

TEST_CASE("a limit is on a service, a campaign or a job type") {
  Daemon d;
  const std::string spring = d.start_campaign();
  const std::string summer = d.start_campaign();
  for (int i = 0; i < 3; ++i) d.enqueue("mail", nullptr, spring);
  for (int i = 0; i < 3; ++i) d.enqueue("pdf/large", nullptr, summer);
  SECTION("a campaign") {
    d.put(limits_path + "/campaign/" + spring, {{"concurrency", 1}});
    CHECK(d.lease_ids() == "1 4 5 6 ");
    CHECK(d.get(limits_path + "/campaign/" + spring).at("waiting") == 2);
    CHECK(d.get("/api/v1/jobs/2/why").at("conditions").at(0).at("campaign_id") == spring);
    d.put(limits_path + "/campaign/" + spring, {{"concurrency", 2}});
    CHECK(d.lease_ids() == "2 ");
    d.remove(limits_path + "/campaign/" + spring);
    CHECK(d.lease_ids() == "3 ");
  }
  SECTION("a type with a slash in its name") {
    d.put(limits_path + "/job_type/pdf/large", {{"concurrency", 1}});
    CHECK(d.lease_ids() == "1 2 3 4 ");
    CHECK(d.get(limits_path + "/job_type/pdf/large").at("name") == "pdf/large");
  }
  SECTION("the jobs of a campaign that has ended are no longer in flight") {
    d.put(limits_path + "/job_type/mail", {{"concurrency", 2}});
    CHECK(d.lease_ids({{"job_types", {"mail"}}}) == "1 2 ");
    d.post("/api/v1/campaigns/" + spring + "/cancel");
    CHECK(d.get(limits_path + "/job_type/mail").at("in_flight") == 0);
    d.enqueue("mail");
    CHECK(d.lease_ids({{"job_types", {"mail"}}}) == "7 ");
  }
}

TEST_CASE("a limit that is set counts the leases that there are, and ends none") {
  Daemon d;
  for (int i = 0; i < 5; ++i) d.enqueue("mail");
  const json leased = d.lease({{"max", 3}});
  d.post("/api/v1/leases", {{"worker", "w"}, {"max", 1}});
  d.put(limits_path + "/job_type/mail", {{"concurrency", 2}});
  const json shown = d.get(limits_path + "/job_type/mail");
  CHECK(shown.at("in_flight").get<std::size_t>() == 5 - shown.at("waiting").get<std::size_t>());
  CHECK(shown.at("in_flight") >= 3);
  CHECK(d.lease().empty());
}

TEST_CASE("a rate lets no more than its burst through, and says when the next one comes") {
  Daemon d;
  for (int i = 0; i < 5; ++i) d.enqueue("mail");
  const json limit = d.put(limits_path + "/job_type/mail", {{"rate_per_second", 0.001}, {"burst", 2}});
  CHECK(limit.at("rate_per_second") == 0.001);
  CHECK(limit.at("burst") == 2);
  CHECK(d.lease_ids() == "1 2 ");
  CHECK(d.lease().empty());
  CHECK(d.get(limits_path + "/job_type/mail").at("free_at").is_string());
  const json why = d.get("/api/v1/jobs/3/why");
  REQUIRE(why.at("conditions").size() == 1);
  CHECK(why.at("conditions").at(0).at("ends_by") == "time");
  CHECK(why.at("conditions").at(0).at("until") == d.get(limits_path + "/job_type/mail").at("free_at"));
  CHECK(d.put(limits_path + "/job_type/mail", {{"rate_per_second", 2.5}}).at("burst") == 3);
}

TEST_CASE("a limit that makes no sense is refused, and one that is not there is not found") {
  Daemon d;
  const auto refused = [&](const char* body) { return d.client.call("PUT", apollo, body).refused_fields(); };
  CHECK(refused("{}") == "concurrency");
  CHECK(refused(R"({"concurrency":null,"rate_per_second":null})") == "concurrency");
  CHECK(refused(R"({"concurrency":0})") == "concurrency");
  CHECK(refused(R"({"concurrency":1000001})") == "concurrency");
  CHECK(refused(R"({"concurrency":1.5})") == "concurrency");
  CHECK(refused(R"({"concurrency":"5"})") == "concurrency");
  CHECK(refused(R"({"rate_per_second":0})") == "rate_per_second");
  CHECK(refused(R"({"rate_per_second":-1})") == "rate_per_second concurrency");
  CHECK(refused(R"({"rate_per_second":0.0001})") == "rate_per_second concurrency");
  CHECK(refused(R"({"rate_per_second":1e2})") == "rate_per_second concurrency");
  CHECK(refused(R"({"rate_per_second":1000000.001})") == "rate_per_second");
  CHECK(refused(R"({"rate_per_second":true})") == "rate_per_second concurrency");
  CHECK(refused(R"({"rate_per_second":1,"burst":0})") == "burst");
  CHECK(refused(R"({"concurrency":1,"burst":2})") == "burst");
  CHECK(refused(R"({"concurrency":1,"most":2})") == "most");
  CHECK(refused(R"({"concurrency":1,"reason":7})") == "reason");
  const auto status = [&](const char* method, const std::string& path) {
    return d.client.call(method, limits_path + path, R"({"concurrency":1})").status;
  };
  CHECK(status("PUT", "/service/Not%20A%20Label!") == 422);
  CHECK(status("PUT", "/job_type/" + std::string(129, 'a')) == 422);
  CHECK(status("PUT", "/worker/w") == 404);
  CHECK(status("PUT", "/campaign/spring") == 404);
  CHECK(status("PUT", "/campaign/01a22528-3edc-7b99-a493-80c76353a002") == 404);
  CHECK(status("POST", "/service/apollo") == 405);
  CHECK(d.client.call("DELETE", apollo).status == 404);
  CHECK(d.get(limits_path).at("limits").empty());
  CHECK(d.get("/api/v1/queue-management/status").at("queue").at("last_seq") == 0);
}

TEST_CASE("where services are listed, no other one is limited") {
  RealServer server{{"apollo"}};
  Client client{server.port()};
  CHECK(client.call("PUT", apollo, R"({"concurrency":1})").status == 200);
  CHECK(client.call("PUT", limits_path + "/service/hermes", R"({"concurrency":1})").code() == "unknown_service");
  CHECK(client.call("PUT", limits_path + "/job_type/hermes", R"({"concurrency":1})").status == 200);
}

TEST_CASE("a lease that waits has a job when a limit has room again") {
  Daemon d;
  d.put(apollo, {{"concurrency", 1}});
  d.enqueue("mail", "apollo");
  d.enqueue("mail", "apollo");
  const json first = d.lease();
  REQUIRE(first.size() == 1);
  std::string leased;
  std::thread waiting{[&] {
    Client other{d.server.port()};
    leased = other.post("/api/v1/leases", R"({"worker":"w","wait_ms":60000})").data().at("jobs").dump();
  }};
  while (d.get("/api/v1/queue-management/status").at("waiting_leases") == 0) std::this_thread::yield();
  SECTION("a job is completed") { d.post("/api/v1/jobs/1/complete", {{"token", first.at(0).at("token")}}); }
  SECTION("the limit is raised") { d.put(apollo, {{"concurrency", 2}}); }
  SECTION("the limit is removed") { d.remove(apollo); }
  SECTION("its rate comes instead") { d.put(apollo, {{"rate_per_second", 50}, {"burst", 1}}); }
  waiting.join();
  CHECK(leased.find("\"id\":2") != std::string::npos);
}

TEST_CASE("the list of limits comes in pages, up to their bound") {
  Daemon d;
  for (std::size_t i = 0; i < limits::lease_limits_max; ++i)
    d.put(limits_path + "/job_type/t" + std::to_string(1'000 + i), {{"concurrency", 1}});
  const Response refused = d.client.call("PUT", apollo, R"({"concurrency":1})");
  CHECK(refused.status == 409);
  CHECK(refused.code() == "limit");
  const json first = d.get(limits_path + "?limit=900");
  CHECK(first.at("limits").size() == 900);
  CHECK(first.at("next_cursor") == "900");
  const json rest = d.get(limits_path + "?limit=900&cursor=900");
  REQUIRE(rest.at("limits").size() == 100);
  CHECK(rest.at("limits").at(0).at("name") == "t1900");
  CHECK(rest.at("next_cursor").is_null());
  CHECK(d.client.get(limits_path + "?cursor=x").status == 422);
}
