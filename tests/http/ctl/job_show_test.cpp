// What jobs show says of a job's worker and of its errors.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("a job is shown with how far its worker is, and how its leases have failed", "[cli][commands]") {
  Desk desk{
      success(R"({"id":7,"status":"PROCESSING","progress":{"percent":30,"message":"three\tof ten","at":"T3"},"errors":[
    {"time":"T1","worker":"w-1","attempt":1,"error":"no mailbox","error_type":"smtp","service":null},
    {"time":"T2","worker":"w-2","attempt":null,"error":"429","error_type":"unknown","service":"apollo"}]})")};
  CHECK(desk({"jobs", "show", "7"}).out ==
        "id              7\n"
        "status          PROCESSING\n"
        "progress        30 %: three\\tof ten, T3\n"
        "errors          attempt 1 by w-1 at T1: no mailbox (smtp)\n"
        "                no attempt by w-2 at T2: 429 (unknown), a failure of apollo\n");
}

TEST_CASE("a job without errors says so, and without progress says nothing of it", "[cli][commands]") {
  Desk desk{success(R"({"id":7,"progress":null,"errors":[]})")};
  CHECK(desk({"jobs", "show", "7"}).out ==
        "id              7\n"
        "errors          none\n");
}
