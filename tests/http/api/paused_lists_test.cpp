// The lists of what is paused stay within a page, however long names and reasons are.

#include <breakerd/http/api/answer_bytes.hpp>
#include "tests/http/support/real_server.hpp"

using namespace breakerd::http;
using namespace breakerd::http::test;
using nlohmann::json;

namespace {

/// As long as they may be; each of the quotation marks takes two bytes in JSON.
const std::string long_name(255, '"');
const std::string long_reason(4'096, '"');

std::string start_campaign(RealDaemon& d) {
  const std::string id = d.post("/api/v1/campaigns", {{"name", long_name}}).at("id");
  d.post("/api/v1/campaigns/" + id + "/start");
  return id;
}

}  // namespace

TEST_CASE("the overview of campaigns stays within a page, and each list has a share of it") {
  RealDaemon d;
  constexpr std::size_t campaigns = 90;
  for (std::size_t i = 0; i < campaigns; ++i) start_campaign(d);
  d.post("/api/v1/queue-management/pause-campaigns-for-service", {{"service", "hermes"}, {"reason", long_reason}});
  const Response answer = d.client.get("/api/v1/queue-management/campaign-status");
  REQUIRE(answer.status == 200);
  CHECK(answer.body.size() <= page_bytes_max + 1024);
  const json overview = answer.data();
  CHECK(overview.at("totals").at("PAUSED") == campaigns);
  for (const json& list :
       {overview.at("campaigns_by_status").at("PAUSED"), overview.at("paused_by_service").at("hermes")}) {
    CHECK(list.size() > 10);
    CHECK(list.size() < campaigns);
    for (const json& campaign : list) CHECK(campaign.at("name") == long_name);
  }
  const Response paused = d.client.get("/api/v1/queue-management/paused-campaigns/hermes");
  CHECK(paused.body.size() <= page_bytes_max + 1024);
  CHECK(paused.data().at("count") == campaigns);
}
