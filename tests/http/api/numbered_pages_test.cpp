// Lists by page and per_page, as clients of the service that breakerd replaces ask for them.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

namespace {

struct Daemon : RealDaemon {
  std::string create_campaign(const std::string& name) { return post("/api/v1/campaigns", {{"name", name}}).at("id"); }
  void enqueue(int count, json job = {{"job_type", "t"}}) { post("/api/v1/jobs/batch", json(std::size_t(count), job)); }
  std::string refused(const std::string& path) {
    const Response response = client.get(path);
    INFO(path << " " << response.body);
    CHECK(response.status == 422);
    return response.refused_fields();
  }
};

std::vector<int> ids(const json& page) {
  std::vector<int> all;
  for (const json& job : page.at("jobs")) all.push_back(job.at("id"));
  return all;
}

json numbers(const json& page) { return {page.at("total"), page.at("page"), page.at("per_page"), page.at("pages")}; }

using Ids = std::vector<int>;

}  // namespace

TEST_CASE("jobs by page number: each once, and how many there are") {
  Daemon d;
  d.enqueue(45);
  const json first = d.get("/api/v1/jobs?page=1&per_page=20");
  CHECK(ids(first).size() == 20);
  CHECK(numbers(first) == json{45, 1, 20, 3});
  CHECK(ids(d.get("/api/v1/jobs?page=2&per_page=20")).front() == 21);
  const json last = d.get("/api/v1/jobs?page=3&per_page=20");
  CHECK(ids(last) == Ids{41, 42, 43, 44, 45});
  CHECK(last.at("next_cursor").is_null());
  const json behind = d.get("/api/v1/jobs?page=4&per_page=20");
  CHECK(ids(behind).empty());
  CHECK(numbers(behind) == json{45, 4, 20, 3});
  CHECK(numbers(d.get("/api/v1/jobs?page=1")) == json{45, 1, 100, 1});
  CHECK(numbers(d.get("/api/v1/jobs?per_page=7")) == json{45, 1, 7, 7});
}

TEST_CASE("a numbered page tells where its reader can go on with a cursor") {
  Daemon d;
  d.enqueue(45);
  const json second = d.get("/api/v1/jobs?page=2&per_page=20");
  const std::string cursor = second.at("next_cursor");
  CHECK(ids(d.get("/api/v1/jobs?limit=2&cursor=" + cursor)) == Ids{41, 42});
}

TEST_CASE("the total is that of the filter where it is counted, and null where it is not") {
  Daemon d;
  const std::string campaign = d.create_campaign("c");
  d.enqueue(3);
  d.enqueue(4, {{"job_type", "x"}, {"campaign_id", campaign}});
  d.post("/api/v1/jobs/1/cancel");
  d.post("/api/v1/jobs/4/cancel");
  CHECK(numbers(d.get("/api/v1/jobs?page=1&per_page=2")) == json{7, 1, 2, 4});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&per_page=2&status=PENDING")) == json{5, 1, 2, 3});
  CHECK(ids(d.get("/api/v1/jobs?page=2&per_page=2&status=PENDING")) == Ids{5, 6});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=CANCELLED")) == json{2, 1, 100, 1});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=COMPLETED")) == json{0, 1, 100, 0});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=PENDING&campaign_id=" + campaign)) == json{3, 1, 100, 1});
  CHECK(ids(d.get("/api/v1/jobs?page=2&per_page=2&status=PENDING&campaign_id=" + campaign)) == Ids{7});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&campaign_id=" + campaign)) == json{4, 1, 100, 1});
  CHECK(numbers(d.get("/api/v1/campaigns/" + campaign + "/jobs?page=2&per_page=3")) == json{4, 2, 3, 2});
  CHECK(ids(d.get("/api/v1/campaigns/" + campaign + "/jobs?page=2&per_page=3")) == Ids{7});
  const json by_type = d.get("/api/v1/jobs?page=1&per_page=3&job_type=x");
  CHECK(ids(by_type) == Ids{4, 5, 6});
  CHECK(numbers(by_type) == json{nullptr, 1, 3, nullptr});
  CHECK(ids(d.get("/api/v1/jobs?page=2&per_page=3&job_type=x")) == Ids{7});

  d.post("/api/v1/breaker/failures", {{"error", "429"}});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=PAUSED")) == json{5, 1, 100, 1});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=PENDING")) == json{0, 1, 100, 0});
  d.post("/api/v1/campaigns/" + campaign + "/cancel");
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=CANCELLED&campaign_id=" + campaign)) == json{4, 1, 100, 1});
  CHECK(numbers(d.get("/api/v1/jobs?page=1&status=CANCELLED")) == json{5, 1, 100, 1});
}

TEST_CASE("campaigns by page number") {
  Daemon d;
  for (int i = 0; i < 5; ++i) d.create_campaign("c" + std::to_string(i));
  std::vector<std::string> campaigns;  // in the order of the list: those of one millisecond have none of their own
  const json all = d.get("/api/v1/campaigns");
  for (const json& campaign : all.at("campaigns")) campaigns.push_back(campaign.at("id"));
  d.post("/api/v1/campaigns/" + campaigns[1] + "/start");
  const json page = d.get("/api/v1/campaigns?page=2&per_page=2");
  CHECK(numbers(page) == json{5, 2, 2, 3});
  CHECK(page.at("campaigns").at(0).at("id") == campaigns[2]);
  CHECK(page.at("campaigns").at(1).at("id") == campaigns[3]);
  const json created = d.get("/api/v1/campaigns?page=2&per_page=3&status=CREATED");
  CHECK(numbers(created) == json{4, 2, 3, 2});
  CHECK(created.at("campaigns").size() == 1);
  CHECK(created.at("campaigns").at(0).at("id") == campaigns[4]);
  CHECK(numbers(d.get("/api/v1/campaigns?page=1&status=RUNNING")) == json{1, 1, 100, 1});
}

TEST_CASE("without page and per_page, lists are as they were") {
  Daemon d;
  d.enqueue(3);
  for (const char* path : {"/api/v1/jobs?limit=2", "/api/v1/jobs", "/api/v1/campaigns"}) {
    const json page = d.get(path);
    for (const char* key : {"total", "page", "per_page", "pages"}) CHECK(!page.contains(key));
    CHECK(page.contains("next_cursor"));
  }
}

TEST_CASE("numbered pages end at 10,000 items, and the refusal points to the cursor") {
  Daemon d;
  for (const char* list : {"/api/v1/jobs", "/api/v1/campaigns"}) {
    const std::string path = list;
    CHECK(numbers(d.get(path + "?page=100&per_page=100")).at(1) == 100);
    for (const char* query : {"?page=101&per_page=100", "?page=101", "?page=10001&per_page=1", "?page=3334&per_page=3",
                              "?page=99999999999999999999999&per_page=10"}) {
      CHECK(d.refused(path + query) == "page");
      CHECK_THAT(d.client.get(path + query).json().at("detail").get<std::string>(), ContainsSubstring("cursor"));
    }
    CHECK(numbers(d.get(path + "?page=10000&per_page=1")).at(1) == 10000);
  }
}

TEST_CASE("bad values of page and per_page are refused by name") {
  Daemon d;
  for (const char* list : {"/api/v1/jobs", "/api/v1/campaigns"}) {
    const std::string path = list;
    for (const char* bad : {"0", "-1", "x", "1.5", "", "%20"}) {
      CHECK(d.refused(path + "?page=" + bad) == "page");
      CHECK(d.refused(path + "?per_page=" + bad) == "per_page");
    }
    CHECK(d.refused(path + "?per_page=101") == "per_page");
    CHECK(d.refused(path + "?page=0&per_page=0") == "per_page page");
    CHECK(d.refused(path + "?page=1&limit=5") == "limit");
    CHECK(d.refused(path + "?page=1&cursor=5") == "cursor");
    CHECK(d.refused(path + "?page=1&page=2") == "page");
  }
  CHECK(d.refused("/api/v1/events?page=1") == "page");
}

TEST_CASE("a numbered page that passes the bound in bytes says how many items it may have") {
  Daemon d;
  d.enqueue(30, {{"job_type", "t"}, {"payload", std::string(200'000, 'x')}});
  const Response response = d.client.get("/api/v1/jobs?page=1&per_page=30");
  CHECK(response.status == 422);
  CHECK(response.refused_fields() == "per_page");
  CHECK_THAT(response.json().at("detail").get<std::string>(), ContainsSubstring("the first 5 items"));
  CHECK(ids(d.get("/api/v1/jobs?page=2&per_page=5")).size() == 5);
}
