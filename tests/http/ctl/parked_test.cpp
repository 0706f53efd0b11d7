// parked list, release and cancel, and parked jobs in what else is shown.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string job =
    R"({"id":3,"job_type":"mail","service":"smtp","name":null,"campaign_id":null,"status":"PAUSED",)"
    R"("pause_reason":"parked: by command 7","created_at":"T1"})";
const std::string command = R"({"id":8,"kind":"release_parked","state":"running","matched":2,"done":0,"skipped":0})";

}  // namespace

TEST_CASE("parked jobs are a table, and the list takes filters", "[cli][commands]") {
  Desk desk{success(R"({"jobs":[)" + job + R"(],"next_cursor":null})")};
  CHECK(desk({"parked", "list"}).out ==
        "ID  TYPE  SERVICE  NAME  CAMPAIGN  CREATED  WHY\n"
        "3   mail  smtp     -     -         T1       parked: by command 7\n");
  CHECK(desk.last().target == "/api/v1/parked?limit=50");
  const std::string campaign = "01a21468-7e96-7fe0-b19f-f69f33e6d620";
  CHECK(desk({"parked", "list", "--campaign", campaign, "--type", "mail", "--service", "SMTP", "--limit", "5"}).code ==
        0);
  CHECK(desk.last().target == "/api/v1/parked?campaign_id=" + campaign + "&job_type=mail&service=smtp&limit=5");
  CHECK(desk({"--json", "parked", "list"}).out == job + "\n");
}

TEST_CASE("parked jobs are released and cancelled by ids, by a filter, or all", "[cli][commands]") {
  Desk desk{success(command, 202)};
  const Run run = desk({"parked", "release", "3", "4", "--reason", "it is back"});
  CHECK(run.code == 0);
  CHECK(run.out == "command 8: release_parked running, 0 of 2 jobs done\n");
  CHECK(desk.last().target == "/api/v1/parked/release");
  CHECK(desk.last().body == R"({"filter":{"ids":[3,4]},"reason":"it is back"})");
  CHECK(desk({"parked", "cancel", "--type", "mail", "--service", "smtp", "--older-than-ms", "5"}).code == 0);
  CHECK(desk.last().target == "/api/v1/parked/cancel");
  CHECK(desk.last().body == R"({"filter":{"job_type":"mail","service":"smtp","older_than_ms":5}})");
  CHECK(desk({"parked", "cancel", "--all"}).code == 0);
  CHECK(desk.last().body == R"({"filter":{}})");
}

TEST_CASE("a dry run says how many parked jobs match", "[cli][commands]") {
  Desk desk{success(R"({"matched":17})")};
  CHECK(desk({"parked", "release", "--all", "--dry-run"}).out == "17 jobs match\n");
  CHECK(desk.last().target == "/api/v1/parked/release?dry_run=true");
}

TEST_CASE("all parked jobs are not meant by a word that is missing", "[cli][commands]") {
  Desk desk{success(command, 202)};
  CHECK(desk({"parked", "release"}).code == 2);
  CHECK(desk({"parked", "cancel", "--dry-run"}).code == 2);
  CHECK(desk({"parked", "release", "--all", "--type", "mail"}).code == 2);
  CHECK(desk({"parked", "release", "--all", "3"}).code == 2);
  CHECK(desk({"parked", "release", "0"}).code == 2);
  CHECK(desk({"parked", "release", "--service", "Not A Label!"}).code == 2);
  CHECK(desk({"parked", "release", "--older-than-ms", "0", "--type", "mail"}).code == 2);
  CHECK(desk({"parked", "release", "--status", "FAILED"}).code == 2);
  CHECK(desk({"parked"}).code == 2);
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("the status shows how many jobs are parked, and the commands about them", "[cli][commands]") {
  const auto state = [](int parked) {
    return success(R"({"circuit_breaker":{"state":"closed","epoch":0},"campaign_counts":{},"job_counts":{"PAUSED":5,)"
                   R"("parked":)" +
                   std::to_string(parked) + "}}");
  };
  Desk some{state(2)};
  CHECK_THAT(some({"status"}).out, ContainsSubstring("jobs         paused 5, parked 2\n"
                                                     "  parked      breakerctl parked list shows them\n"
                                                     "  to release  breakerctl parked release --all\n"));
  Desk none{state(0)};
  CHECK_THAT(none({"status"}).out, !ContainsSubstring("parked"));
}

TEST_CASE("why a job is parked ends with the command that releases it", "[cli][commands]") {
  Desk desk{success(R"({"id":3,"status":"PAUSED","runnable":false,"conditions":[
    {"kind":"parked","detail":"it was parked by command 7: too old","by":"ada","ends_by":"release"}]})")};
  CHECK(desk({"jobs", "why", "3"}).out ==
        "job 3 is PAUSED, and this stands between it and a worker:\n"
        "  parked    it was parked by command 7: too old\n"
        "    by       ada\n"
        "    ends by  breakerctl parked release 3\n");
}

TEST_CASE("a campaign counts a parked job once", "[cli][commands]") {
  Desk desk{success(R"({"campaigns":[{"id":"c","name":"n","status":"RUNNING","sealed":true,)"
                    R"("job_counts":{"COMPLETED":2,"PAUSED":3,"parked":3}}],"next_cursor":null})")};
  CHECK_THAT(desk({"campaign", "list"}).out, ContainsSubstring("2 of 5"));
}
