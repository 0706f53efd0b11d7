// schedules list, get, create, change, pause, resume, run and remove.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string nightly =
    R"({"id":3,"name":"nightly","cron":"30 2 * * *","time_zone":"Europe/Berlin","every_ms":null,"missed":"once",)"
    R"("job":{"job_type":"report"},"paused":false,"next_at":"T2","last_at":"T1","last_job_id":9})";

}  // namespace

TEST_CASE("schedules are a table", "[cli][commands]") {
  Desk desk{success(R"({"schedules":[)" + nightly + R"(],"next_cursor":null})")};
  CHECK(desk({"schedules", "list"}).out ==
        "ID  NAME     TIMES                       TYPE    PAUSED  NEXT  LAST  LAST JOB\n"
        "3   nightly  30 2 * * * (Europe/Berlin)  report  no      T2    T1    9\n");
  CHECK(desk.last().target == "/api/v1/schedules?limit=50");
}

TEST_CASE("a schedule is created with its times and its job", "[cli][commands]") {
  Desk desk{success(nightly)};
  const Run run = desk({"schedules", "create", "nightly", "--cron", "30 2 * * *", "--time-zone", "Europe/Berlin",
                        "--missed", "skip", "--type", "report", "--payload", "[1]", "--reason", "wanted"});
  CHECK(run.code == 0);
  CHECK(run.out == "schedule 3 nightly: created; next run T2\n");
  CHECK(desk.last().method == "POST");
  CHECK(desk.last().target == "/api/v1/schedules");
  CHECK(Json::parse(desk.last().body) ==
        Json::parse(R"({"name":"nightly","cron":"30 2 * * *","time_zone":"Europe/Berlin","missed":"skip",)"
                    R"("reason":"wanted","job":{"job_type":"report","payload":[1]}})"));
}

TEST_CASE("a schedule needs its times and the type of its job, each as it has to be", "[cli][commands]") {
  Desk desk{success(nightly)};
  for (const std::vector<std::string>& words : {std::vector<std::string>{"n"},
                                                {"n", "--cron", "@daily"},
                                                {"n", "--type", "t"},
                                                {"n", "--every-ms", "999", "--type", "t"},
                                                {"n", "--every-ms", "5000", "--cron", "@daily", "--type", "t"},
                                                {"n", "--every-ms", "5000", "--type", "t", "--missed", "never"},
                                                {"n", "--every-ms", "5000", "--type", "t", "--payload", "{"},
                                                {"", "--every-ms", "5000", "--type", "t"}}) {
    std::vector<std::string> all{"schedules", "create"};
    all.insert(all.end(), words.begin(), words.end());
    CHECK(desk(all).code == 2);
  }
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("a schedule is meant by its number", "[cli][commands]") {
  Desk desk{success(nightly)};
  CHECK(desk({"schedules", "pause", "3", "--reason", "lunch"}).out == "schedule 3 nightly: paused; next run T2\n");
  CHECK(desk.last().target == "/api/v1/schedules/3/pause");
  CHECK(desk.last().body == R"({"reason":"lunch"})");
  CHECK(desk({"schedules", "resume", "3"}).code == 0);
  CHECK(desk.last().target == "/api/v1/schedules/3/resume");
  CHECK(desk({"schedules", "remove", "3"}).out == "schedule 3 nightly: removed\n");
  CHECK(desk.last().method == "DELETE");
  CHECK(desk({"schedules", "change", "3", "--every-ms", "5000", "--rename", "often"}).code == 0);
  CHECK(desk.last().method == "PATCH");
  CHECK(Json::parse(desk.last().body) == Json::parse(R"({"name":"often","every_ms":5000})"));
  CHECK(desk({"schedules", "change", "3", "--type", "mail"}).code == 0);
  CHECK(Json::parse(desk.last().body) == Json::parse(R"({"job":{"job_type":"mail"}})"));
  CHECK(desk({"schedules", "get", "3"}).code == 0);
  CHECK(desk.last().target == "/api/v1/schedules/3");
}

TEST_CASE("what a job is to be needs its type when a schedule is changed", "[cli][commands]") {
  Desk desk{success(nightly)};
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--payload", "{}"},
                                                {"--missed", "skip", "--priority", "5"},
                                                {"--priority", "0"},
                                                {"--retry-delays-ms", "1,2"},
                                                {"--description", "x"}}) {
    std::vector<std::string> all{"schedules", "change", "3"};
    all.insert(all.end(), words.begin(), words.end());
    const Run run = desk(all);
    CHECK(run.code == 2);
    CHECK_THAT(run.err, ContainsSubstring("needs the --type of the job"));
  }
  CHECK(desk.peer.seen().empty());
  CHECK(desk({"schedules", "change", "3", "--type", "mail", "--priority", "5"}).code == 0);
  CHECK(Json::parse(desk.last().body) == Json::parse(R"({"job":{"job_type":"mail","priority":5}})"));
}

TEST_CASE("to delete a schedule is to remove it", "[cli][commands]") {
  Desk desk{success(nightly)};
  CHECK(desk({"schedules", "delete", "3"}).out == "schedule 3 nightly: removed\n");
  CHECK(desk.last().method == "DELETE");
  CHECK(desk.last().target == "/api/v1/schedules/3");
}

TEST_CASE("or by its name", "[cli][commands]") {
  SECTION("it is looked for") {
    Desk desk{[](const PeerRequest& request) {
      return request.method == "GET" ? success(R"({"schedules":[)" + nightly + R"(],"next_cursor":null})")
                                     : success(R"({"id":12,"status":"PENDING"})");
    }};
    CHECK(desk({"schedules", "run", "nightly"}).out == "job 12 PENDING\n");
    CHECK(desk.peer.seen().at(0).target == "/api/v1/schedules?name=nightly");
    CHECK(desk.last().target == "/api/v1/schedules/3/run");
  }
  SECTION("and it is not there") {
    Desk desk{success(R"({"schedules":[],"next_cursor":null})")};
    const Run run = desk({"schedules", "run", "nightly"});
    CHECK(run.code != 0);
    CHECK_THAT(run.err, ContainsSubstring("no schedule has the number or the name"));
  }
}
