// limits list, set and remove, and limits in the status.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string on_apollo =
    R"({"kind":"service","name":"apollo","concurrency":5,"rate_per_second":2.5,"burst":3,"reason":"slow",)"
    R"("principal":"ada","set_at":"T1","in_flight":5,"free_at":null,"waiting":17})";
const std::string on_mail =
    R"({"kind":"job_type","name":"mail","concurrency":8,"rate_per_second":null,"burst":null,"reason":"x",)"
    R"("principal":"ada","set_at":"T1","in_flight":0,"free_at":null,"waiting":0})";

}  // namespace

TEST_CASE("limits are a table", "[cli][commands]") {
  Desk desk{success(R"({"limits":[)" + on_apollo + "," + on_mail + R"(],"next_cursor":null})")};
  CHECK(desk({"limits", "list"}).out ==
        "KIND      NAME    MAX  IN FLIGHT  WAITING  RATE            BY   REASON\n"
        "service   apollo  5    5          17       2.5/s, burst 3  ada  slow\n"
        "job_type  mail    8    0          0        -               ada  x\n");
  CHECK(desk.last().target == "/api/v1/limits?limit=50");
}

TEST_CASE("a limit is set on how many, how fast, or both", "[cli][commands]") {
  Desk desk{success(on_apollo)};
  const Run run =
      desk({"limits", "set", "service", "apollo", "--concurrency", "5", "--rate", "2.5", "--reason", "slow"});
  CHECK(run.code == 0);
  CHECK(run.out == "limit on service apollo (5 at a time; 2.5/s, burst 3): set\n");
  CHECK(desk.last().target == "/api/v1/limits/service/apollo");
  CHECK(desk.last().body == R"({"rate_per_second":2.5,"concurrency":5,"reason":"slow"})");
  CHECK(desk({"limits", "set", "job_type", "pdf a/large", "--rate", "0.5"}).code == 0);
  CHECK(desk.last().target == "/api/v1/limits/job_type/pdf%20a/large");
  CHECK(desk.last().body == R"({"rate_per_second":0.5})");
  CHECK(desk({"limits", "set", "service", "apollo"}).code == 2);
  CHECK(desk({"limits", "set", "service", "apollo", "--concurrency", "0"}).code == 2);
  CHECK(desk({"limits", "set", "service", "apollo", "--rate", "-1"}).code == 2);
  CHECK(desk({"limits", "set", "worker", "w", "--concurrency", "1"}).code == 2);
  CHECK(desk({"limits", "set", "job_type", "pdf/", "--concurrency", "1"}).code == 2);
}

TEST_CASE("a limit is removed", "[cli][commands]") {
  Desk desk{success(on_mail)};
  CHECK(desk({"limits", "remove", "job_type", "mail", "--reason", "fast"}).out ==
        "limit on job type mail (8 at a time): removed\n");
  CHECK(desk.last().target == "/api/v1/limits/job_type/mail");
  CHECK(desk.last().body == R"({"reason":"fast"})");
  CHECK(desk({"limits", "remove", "job_type"}).code == 2);
}

TEST_CASE("the status shows limits that are used up", "[cli][commands]") {
  Desk desk{
      success(R"({"circuit_breaker":{"state":"closed","epoch":0},"job_counts":{"PENDING":17},"campaign_counts":{},)"
              R"("queue":{"paused":false,"holds":[],"job_holds":[],"limits":[)" +
              on_apollo + "," + on_mail + "]}}")};
  const std::string out = desk({"status"}).out;
  CHECK_THAT(out,
             ContainsSubstring("  limited     service apollo (5 at a time; 2.5/s, burst 3): 5 in flight, 17 ready\n"));
  CHECK_THAT(out, !ContainsSubstring("mail"));
}
