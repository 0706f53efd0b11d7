// holds list, place and lift, and holds in the status.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string on_apollo =
    R"({"id":3,"service":"apollo","job_type":null,"reason":"slow","principal":"ada","placed_at":"T1","waiting":17})";
const std::string on_mail =
    R"({"id":4,"service":"apollo","job_type":"mail","reason":"slow","principal":"ada","placed_at":"T1","waiting":0})";

}  // namespace

TEST_CASE("holds are a table", "[cli][commands]") {
  Desk desk{success(R"({"holds":[)" + on_apollo + "," + on_mail + R"(],"next_cursor":null})")};
  CHECK(desk({"holds", "list"}).out ==
        "ID  SERVICE  TYPE  CAMPAIGN  WAITING  BY   SINCE  REASON\n"
        "3   apollo   -     -         17       ada  T1     slow\n"
        "4   apollo   mail  -         0        ada  T1     slow\n");
  CHECK(desk.last().target == "/api/v1/holds?limit=50");
}

TEST_CASE("a hold is placed on a service, a type, or both", "[cli][commands]") {
  Desk desk{success(on_mail)};
  const Run run = desk({"holds", "place", "--service", "apollo", "--type", "mail", "--reason", "slow"});
  CHECK(run.code == 0);
  CHECK(run.out == "hold 4 on jobs of type mail of service apollo: they are not leased until it is lifted\n");
  CHECK(desk.last().target == "/api/v1/holds");
  CHECK(desk.last().body == R"({"service":"apollo","job_type":"mail","reason":"slow"})");
  CHECK(desk({"holds", "place", "--type", "mail"}).code == 0);
  CHECK(desk.last().body == R"({"job_type":"mail"})");
  CHECK(desk({"holds", "place", "--campaign", "01a2"}).code == 0);
  CHECK(desk.last().body == R"({"campaign_id":"01a2"})");
  CHECK(desk({"holds", "place", "--reason", "slow"}).code == 2);
  CHECK(desk({"holds", "place", "--service", "Not A Label!"}).code == 2);
}

TEST_CASE("a hold is lifted by its number", "[cli][commands]") {
  Desk desk{success(on_apollo)};
  CHECK(desk({"holds", "lift", "3", "--reason", "fast"}).out == "hold 3 on jobs of service apollo: lifted\n");
  CHECK(desk.last().target == "/api/v1/holds/3/lift");
  CHECK(desk.last().body == R"({"reason":"fast"})");
  CHECK(desk({"holds", "lift", "0"}).code == 2);
  CHECK(desk({"holds", "lift"}).code == 2);
}

TEST_CASE("the status shows holds on jobs, and the command that ends each", "[cli][commands]") {
  Desk desk{
      success(R"({"circuit_breaker":{"state":"closed","epoch":0},"job_counts":{"PENDING":17},"campaign_counts":{},)"
              R"("queue":{"paused":false,"holds":[],"job_holds":[)" +
              on_apollo + "]}}")};
  CHECK_THAT(desk({"status"}).out, ContainsSubstring("  held        jobs of service apollo since T1: slow (ada)\n"
                                                     "  to lift     breakerctl holds lift 3\n"));
}
