// Lists page by page: their bound in bytes, and cursors at the end of all numbers.

#include "tests/http/support/real_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

constexpr std::size_t page_bytes = 1 << 20;
constexpr std::size_t envelope_bytes = 256;  ///< around the items
constexpr int large_jobs = 50;

/// A daemon with jobs of 200 KB each.
struct Daemon {
  RealServer server;
  Client client{server.port()};
  std::string campaign;

  Daemon() {
    campaign = post("/api/v1/campaigns", {{"name", "large"}}).at("id");
    json jobs = json::array();
    for (int i = 0; i < large_jobs; ++i) {
      jobs.push_back({{"job_type", "t"}, {"campaign_id", campaign}, {"payload", std::string(200'000, 'x')}});
    }
    post("/api/v1/jobs/batch", jobs);
  }

  json post(const std::string& path, const json& body) {
    const Response response = client.post(path, body.dump());
    REQUIRE(response.status == 201);
    return response.data();
  }

  /// The ids of a whole list, no page of which is over the bound.
  std::vector<int> walk(const std::string& path) {
    std::vector<int> ids;
    for (std::string cursor = path; !cursor.empty();) {
      const Response response = client.get(cursor);
      REQUIRE(response.status == 200);
      CHECK(response.body.size() <= page_bytes + envelope_bytes);
      const json page = response.data();
      for (const json& job : page.at("jobs")) ids.push_back(job.at("id"));
      const json& next = page.at("next_cursor");
      cursor = next.is_null() ? std::string{} : path + "&cursor=" + next.get<std::string>();
    }
    return ids;
  }
};

std::vector<int> all_ids() {
  std::vector<int> ids;
  for (int id = 1; id <= large_jobs; ++id) ids.push_back(id);
  return ids;
}

}  // namespace

TEST_CASE("a page of large jobs ends before its bound, and the next goes on behind it") {
  Daemon d;
  CHECK(d.walk("/api/v1/jobs?limit=50") == all_ids());
  CHECK(d.walk("/api/v1/jobs?limit=1000") == all_ids());
  CHECK(d.walk("/api/v1/jobs?limit=3&status=PENDING") == all_ids());
  CHECK(d.walk("/api/v1/campaigns/" + d.campaign + "/jobs?limit=50") == all_ids());
  const Response first = d.client.get("/api/v1/jobs?limit=50");
  CHECK(first.data().at("jobs").size() == 5);  // as many as have room
}

TEST_CASE("a page of large events ends before its bound, and the next goes on behind it") {
  Daemon d;
  std::uint64_t seq = 0;
  for (std::uint64_t from = 1;;) {
    const Response response = d.client.get("/api/v1/events?limit=1000&from=" + std::to_string(from));
    REQUIRE(response.status == 200);
    CHECK(response.body.size() <= page_bytes + envelope_bytes);
    const json page = response.data();
    if (page.at("events").empty()) break;
    for (const json& event : page.at("events")) CHECK(event.at("seq") == ++seq);
    from = page.at("next");
    CHECK(from == seq + 1);
  }
  CHECK(seq > large_jobs);
}

TEST_CASE("a page is filled over the steps in which it is fetched") {
  RealServer server;
  Client client{server.port()};
  json jobs = json::array();
  for (int i = 0; i < 100; ++i) jobs.push_back({{"job_type", "t"}});
  CHECK(client.post("/api/v1/jobs/batch", jobs.dump()).status == 201);
  for (const int limit : {1, 15, 16, 17, 32, 99, 100, 101}) {
    const auto expected = static_cast<std::size_t>(std::min(limit, 100));
    const std::string query = "limit=" + std::to_string(limit);
    const json list = client.get("/api/v1/jobs?" + query).data();
    CHECK(list.at("jobs").size() == expected);
    CHECK(list.at("next_cursor").is_null() == (limit >= 100));
    CHECK(client.get("/api/v1/events?type=JobEnqueued&" + query).data().at("events").size() == expected);
  }
}

TEST_CASE("behind the last of all numbers there is nothing") {
  Daemon d;
  const std::string last = "18446744073709551615";
  const json nothing = json::parse(R"({"jobs":[],"next_cursor":null})");
  CHECK(d.client.get("/api/v1/jobs?cursor=" + last).data() == nothing);
  CHECK(d.client.get("/api/v1/campaigns/" + d.campaign + "/jobs?cursor=" + last).data() == nothing);
  CHECK(d.client.get("/api/v1/campaigns?cursor=ffffffff-ffff-ffff-ffff-ffffffffffff").data().at("campaigns").empty());
  for (const char* more : {"", "&type=CircuitOpened", "&type=JobEnqueued", "&stream=job-1", "&stream=breaker"}) {
    CHECK(d.client.get("/api/v1/events?from=" + last + more).data().at("events").empty());
  }
  CHECK(d.client.get("/api/v1/events?stream=job-" + last).data().at("events").empty());
}
