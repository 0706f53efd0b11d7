// Many failed jobs at once, over HTTP.

#include <thread>

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  /// Jobs that have FAILED, from 1 on.
  void fail(int count) {
    for (int i = 0; i < count; ++i) {
      post("/api/v1/jobs", {{"job_type", "mail"}, {"max_attempts", 1}});
      const json leased = post("/api/v1/leases", {{"worker", "w"}});
      const json& job = leased.at("jobs").at(0);
      post("/api/v1/jobs/" + std::to_string(job.at("id").get<int>()) + "/fail",
           {{"token", job.at("token")}, {"error", "no mailbox"}});
    }
  }
  /// Starts a command; `data` of its answer.
  json start(const std::string& what, const json& filter, const std::string& query = "") {
    const Response response = client.post("/api/v1/jobs/" + what + query, json{{"filter", filter}}.dump());
    INFO(response.body);
    REQUIRE((response.status == 202 || response.status == 200));
    return response.data();
  }
  std::string status_of(int job) { return get("/api/v1/jobs/" + std::to_string(job)).at("status"); }
  void wait_for(const json& command) {
    const std::string path = "/api/v1/commands/" + std::to_string(command.at("id").get<int>());
    while (get(path).at("state") == "running") std::this_thread::yield();
  }
};

}  // namespace

TEST_CASE("an empty list of ids is a mistake, and not all jobs") {
  Daemon d;
  d.fail(2);
  for (const char* what : {"retry", "discard", "discard?dry_run=true"}) {
    const Response refused = d.client.post(std::string{"/api/v1/jobs/"} + what, R"({"filter":{"ids":[]}})");
    CHECK(refused.status == 422);
    CHECK(refused.refused_fields() == "filter.ids");
  }
  CHECK(d.status_of(1) == "FAILED");
  CHECK(d.get("/api/v1/commands").at("commands").empty());
}

TEST_CASE("a filter with ids is about these jobs alone") {
  Daemon d;
  d.fail(3);
  CHECK(d.start("discard", {{"ids", {1, 3, 987'654}}}, "?dry_run=true").at("matched") == 2);
  CHECK(d.start("discard", {{"ids", {2}}, {"error_contains", "no phone"}}, "?dry_run=true").at("matched") == 0);
  const json command = d.start("discard", {{"ids", {1, 3, 987'654}}});
  CHECK(command.at("matched") == 2);
  d.wait_for(command);
  CHECK(d.status_of(1) == "CANCELLED");
  CHECK(d.status_of(2) == "FAILED");
  CHECK(d.status_of(3) == "CANCELLED");
}

TEST_CASE("the list of commands comes in pages, the newest first, and says where it ends") {
  Daemon d;
  for (int i = 0; i < 4; ++i) d.wait_for(d.start("retry", json::object()));
  const auto ids = [](const json& page) {
    std::vector<int> all;
    for (const json& command : page.at("commands")) all.push_back(command.at("id"));
    return all;
  };
  const json all = d.get("/api/v1/commands?limit=4");
  CHECK(ids(all) == std::vector{4, 3, 2, 1});
  CHECK(all.at("next_cursor").is_null());
  const json first = d.get("/api/v1/commands?limit=3");
  CHECK(ids(first) == std::vector{4, 3, 2});
  CHECK(first.at("next_cursor") == "2");
  const json rest = d.get("/api/v1/commands?limit=3&cursor=2");
  CHECK(ids(rest) == std::vector{1});
  CHECK(rest.at("next_cursor").is_null());
}

TEST_CASE("a page of commands with many ids ends before it is too large") {
  Daemon d;
  json ids = json::array();
  for (std::uint64_t id = 1'000'000'000; ids.size() < 10'000; ++id) ids.push_back(id);
  for (int i = 0; i < 12; ++i) d.wait_for(d.start("retry", {{"ids", ids}}));
  const Response page = d.client.get("/api/v1/commands");
  CHECK(page.status == 200);
  CHECK(page.body.size() <= 1 << 20);
  CHECK(page.data().at("commands").size() < 12);
  CHECK(!page.data().at("next_cursor").is_null());
}
