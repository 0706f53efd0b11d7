// job-types list, get, set and remove.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string mail =
    R"({"job_type":"mail","retry":{"max_attempts":7,"backoff":null},"timeout_ms":60000,"max_expiries":null,)"
    R"("reason":"slow","principal":"ada","set_at":"T1"})";

}  // namespace

TEST_CASE("job types are a table", "[cli][commands]") {
  Desk desk{success(R"({"job_types":[)" + mail + R"(],"next_cursor":null})")};
  CHECK(desk({"job-types", "list"}).out ==
        "TYPE  ATTEMPTS  BACKOFF  TIMEOUT_MS  EXPIRIES  BY   SET  REASON\n"
        "mail  7         -        60000       -         ada  T1   slow\n");
  CHECK(desk.last().target == "/api/v1/job-types?limit=50");
}

TEST_CASE("the settings of a job type are set as a whole", "[cli][commands]") {
  Desk desk{success(mail)};
  const Run run = desk({"job-types", "set", "mail", "--max-attempts", "7", "--timeout-ms", "60000", "--max-expiries",
                        "4", "--retry-delays-ms", "1000,5000", "--reason", "slow"});
  CHECK(run.code == 0);
  CHECK(run.out == "job type mail: set, for jobs that are enqueued from now on\n");
  CHECK(desk.last().method == "PUT");
  CHECK(desk.last().target == "/api/v1/job-types/mail");
  CHECK(Json::parse(desk.last().body) ==
        Json::parse(R"({"retry":{"max_attempts":7,"backoff":{"kind":"list","delays_ms":[1000,5000]}},)"
                    R"("timeout_ms":60000,"max_expiries":4,"reason":"slow"})"));
  CHECK(desk({"job-types", "set", "a/b c", "--backoff", R"({"kind":"fixed","base_ms":5})"}).code == 0);
  CHECK(desk.last().target == "/api/v1/job-types/a/b%20c");
  CHECK(desk.last().body == R"({"retry":{"backoff":{"kind":"fixed","base_ms":5}}})");
}

TEST_CASE("job-types set needs a setting, and each in its range", "[cli][commands]") {
  Desk desk{success(mail)};
  for (const std::vector<std::string>& words : {std::vector<std::string>{"mail"},
                                                {"mail", "--reason", "x"},
                                                {"--max-attempts", "7"},
                                                {"mail", "--max-attempts", "0"},
                                                {"mail", "--timeout-ms", "999"},
                                                {"mail", "--backoff", "{"},
                                                {"mail", "--backoff", "{}", "--retry-delays-ms", "1"},
                                                {"mail/", "--max-attempts", "7"},
                                                {"a/../b", "--max-attempts", "7"},
                                                {"r\xc3\xa9sum\xc3\xa9", "--max-attempts", "7"},
                                                {"", "--max-attempts", "7"}}) {
    std::vector<std::string> all{"job-types", "set"};
    all.insert(all.end(), words.begin(), words.end());
    CHECK(desk(all).code == 2);
  }
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("a job type is shown, and its settings are removed", "[cli][commands]") {
  Desk desk{success(mail)};
  CHECK_THAT(desk({"job-types", "get", "mail"}).out, ContainsSubstring("timeout_ms"));
  CHECK(desk.last().method == "GET");
  CHECK(desk({"job-types", "remove", "mail", "--reason", "fast"}).out == "job type mail: removed\n");
  CHECK(desk.last().method == "DELETE");
  CHECK(desk.last().body == R"({"reason":"fast"})");
  CHECK(desk({"job-types", "remove"}).code == 2);
}

TEST_CASE("enqueue gives a timeout", "[cli][commands]") {
  Desk desk{success(R"({"id":1,"status":"PENDING"})")};
  CHECK(desk({"enqueue", "--type", "mail", "--timeout-ms", "5000"}).code == 0);
  CHECK(desk.last().body == R"({"job_type":"mail","timeout_ms":5000})");
  CHECK(desk({"enqueue", "--type", "mail", "--timeout-ms", "5"}).code == 2);
}
