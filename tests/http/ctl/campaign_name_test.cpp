// Campaigns by their names.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string spring = "01a21468-7e96-7fe0-b19f-f69f33e6d620";

/// Two pages of campaigns; every other call is answered alike.
PeerAnswer campaigns(const PeerRequest& request) {
  if (request.target == "/api/v1/campaigns?limit=1000")
    return success(R"({"campaigns":[{"id":"id-1","name":"twice"},{"id":"id-2","name":"x"}],"next_cursor":"n"})");
  if (request.target == "/api/v1/campaigns?limit=1000&cursor=n")
    return success(R"({"campaigns":[{"id":")" + spring +
                   R"(","name":"spring 2026"},{"id":"id-3","name":"twice"}],"next_cursor":null})");
  return success(R"({"id":1,"status":"RUNNING","jobs":[],"next_cursor":null})");
}

}  // namespace

TEST_CASE("a unique name stands for a campaign's id, wherever one is taken", "[cli][names]") {
  Desk desk{campaigns};
  CHECK(desk({"campaign", "pause", "spring 2026"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/" + spring + "/pause");
  CHECK(desk({"campaign", "show", "spring 2026"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/" + spring);
  CHECK(desk({"jobs", "list", "--campaign", "spring 2026"}).code == 0);
  CHECK_THAT(desk.last().target, ContainsSubstring("campaign_id=" + spring));
  CHECK(desk({"enqueue", "--type", "t", "--campaign", "spring 2026"}).code == 0);
  CHECK_THAT(desk.last().body, ContainsSubstring(R"("campaign_id":")" + spring));
  CHECK(desk({"enqueue", "--from", "-", "--type", "t", "--campaign", "spring 2026"}, "1\n").code == 0);
  CHECK_THAT(desk.last().body, ContainsSubstring(R"("campaign_id":")" + spring));
}

TEST_CASE("an id is taken as it is, and nobody is asked", "[cli][names]") {
  Desk desk{campaigns};
  CHECK(desk({"campaign", "start", spring}).code == 0);
  CHECK(desk.peer.seen().size() == 1);
}

TEST_CASE("a name that several campaigns have names them, and one that none has is not found", "[cli][names]") {
  Desk desk{campaigns};
  const auto twice = desk({"campaign", "cancel", "twice"});
  CHECK(twice.code == 2);
  CHECK_THAT(twice.err, ContainsSubstring("id-1, id-3"));
  const auto none = desk({"campaign", "cancel", "sprin"});
  CHECK(none.code == 4);
  CHECK_THAT(none.err, ContainsSubstring("no campaign has the id or the name \"sprin\""));
  for (const auto& request : desk.peer.seen()) CHECK(request.method == "GET");
}
