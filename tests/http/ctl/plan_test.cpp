// Plans: as a person writes one, what close and resume-queue show of it, and the question before they act.

#include <breakerd/http/ctl/commands/plan_action.hpp>

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string preview =
    R"({"seq":9,"preview":{"release":{"jobs":12,"by_campaign":[{"campaign_id":null,"jobs":12}],)"
    R"("by_type":[{"job_type":"a","jobs":5},{"job_type":"b","jobs":4},{"job_type":"c","jobs":2},{"job_type":"d","jobs":1}],)"
    R"("by_service":[{"service":"smtp","jobs":9},{"service":null,"jobs":3}],)"
    R"("more":{"by_campaign":7,"by_type":2,"by_service":0},"oldest_at":"T1"},)"
    R"("park":{"jobs":0,"by_campaign":[],"by_type":[],"by_service":[],"oldest_at":null},)"
    R"("cancel":{"jobs":1,"by_campaign":[{"campaign_id":"c-1","jobs":1}],"by_type":[{"job_type":"a","jobs":1}],)"
    R"("by_service":[{"service":null,"jobs":1}],"oldest_at":"T2"}},"drain_ms":null})";
const std::string preview_table =
    "JOBS TO  COUNT  OLDEST  TYPES                     SERVICES     CAMPAIGNS\n"
    "release  12     T1      a 5, b 4, c 2 and 3 more  smtp 9, - 3  - 12 and 7 more\n"
    "park     0      -       -                         -            -\n"
    "cancel   1      T2      a 1                       - 1          c-1 1\n";
const std::string plan =
    R"({"id":7,"kind":"plan","state":"running","actions":[],"filter":null,"matched":null,"done":3,"parked":2,"cancelled":1})";
const std::string closed = R"({"message":"Circuit breaker closed: x","changed":false,"plan":)";

std::string action(const std::string& text) {
  const auto parsed = parse_plan_action(text);
  return parsed ? parsed->dump() : "refused: " + parsed.error().detail;
}

/// Answers a dry run with the preview, and all else with `done`.
ScriptedPeer::Script daemon(const std::string& done) {
  return [done](const PeerRequest& request) {
    return success(request.target.ends_with("?dry_run=true") ? preview : done);
  };
}

std::vector<std::string> at(const Desk& desk, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--address", desk.peer.url()});
  return arguments;
}

}  // namespace

TEST_CASE("an action is a verb and what must match", "[cli][plan]") {
  CHECK(action("park") == R"({"do":"park"})");
  CHECK(action("  release   type=mail ") == R"({"do":"release","job_type":"mail"})");
  CHECK(action("cancel older-than=2h type=mail service=SMTP campaign=ID") ==
        R"({"do":"cancel","older_than_ms":7200000,"job_type":"mail","service":"smtp","campaign_id":"ID"})");
  CHECK(action("park campaign='spring sale' type=\"a b\"") ==
        R"({"do":"park","campaign_id":"spring sale","job_type":"a b"})");
  CHECK(action("park type=a=b") == R"({"do":"park","job_type":"a=b"})");
}

TEST_CASE("an age is a length of time in units", "[cli][plan]") {
  const auto age = [](const std::string& text) { return action("park older-than=" + text); };
  CHECK(age("0s") == R"({"do":"park","older_than_ms":0})");
  CHECK(age("1500ms") == R"({"do":"park","older_than_ms":1500})");
  CHECK(age("15m") == R"({"do":"park","older_than_ms":900000})");
  CHECK(age("1d12h30min5s") == R"({"do":"park","older_than_ms":131405000})");
  CHECK(age("2w") == R"({"do":"park","older_than_ms":1209600000})");
  CHECK(age("366d") == R"({"do":"park","older_than_ms":31622400000})");
  for (const char* wrong : {"367d", "366d1ms", "2", "h", "2 h", "-1h", "1.5h", "2x", "2h3", "99999999999999999999h",
                            "18446744073709551615ms"}) {
    INFO(wrong);
    CHECK_THAT(age(wrong), ContainsSubstring("refused: --action: "));
  }
}

TEST_CASE("an action that is none is a usage error, and nothing is sent", "[cli][plan]") {
  Desk desk{success("{}")};
  for (const char* wrong : {"", " ", "drop", "PARK", "type=mail", "park type", "park type=", "park older=2h",
                            "park service=a:b", "park type=a type=b", "park type='a", "cancel park"}) {
    INFO(wrong);
    CHECK(desk({"close", "--reason", "x", "--action", wrong}).code == 2);
  }
  std::vector<std::string> many{"resume-queue"};
  for (int i = 0; i < 101; ++i) many.insert(many.end(), {"--action", "park"});
  CHECK(desk(many).code == 2);
  CHECK(desk({"close", "--reason", "x", "--action", "park", "type=mail"}).code == 2);
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("close and resume-queue send their actions in order, and say what has begun", "[cli][plan]") {
  Desk desk{success(closed + plan + "}")};
  const Run run = desk({"close", "--reason", "x", "--action", "cancel type=mail", "--action", "park"});
  CHECK(run.code == 0);
  CHECK(run.out == "Circuit breaker closed: x\ncommand 7: plan running, 2 jobs parked, 1 cancelled\n");
  CHECK(desk.last().target == "/api/v1/breaker/close");
  CHECK(desk.last().body == R"({"reason":"x","plan":{"actions":[{"do":"cancel","job_type":"mail"},{"do":"park"}]}})");
  CHECK_THAT(desk({"resume-queue", "--action", "park"}).out,
             ContainsSubstring("command 7: plan running, 2 jobs parked, 1 cancelled\n"));
  CHECK(desk.last().target == "/api/v1/queue-management/resume-queue");
  CHECK(desk.last().body == R"({"plan":{"actions":[{"do":"park"}]}})");
}

TEST_CASE("a campaign of an action may be named by its name", "[cli][plan]") {
  Desk desk{[](const PeerRequest& request) {
    return request.method == "GET" ? success(R"({"campaigns":[{"id":"id-1","name":"spring sale"}],"next_cursor":null})")
                                   : success(closed + "null}");
  }};
  CHECK(desk({"close", "--reason", "x", "--action", "park campaign='spring sale'"}).code == 0);
  CHECK(desk.last().body == R"({"reason":"x","plan":{"actions":[{"do":"park","campaign_id":"id-1"}]}})");
  CHECK(desk({"close", "--reason", "x", "--action", "park campaign=summer"}).code == 4);
}

TEST_CASE("a dry run shows what would become of the jobs, and does no more", "[cli][plan]") {
  Desk desk{daemon("{}")};
  const Run run = desk({"close", "--reason", "x", "--action", "park", "--dry-run"});
  CHECK(run.code == 0);
  CHECK(run.out == preview_table);
  CHECK(desk.peer.seen().size() == 1);
  CHECK(desk.last().target == "/api/v1/breaker/close?dry_run=true");
  CHECK(desk.last().body == R"({"reason":"x","plan":{"actions":[{"do":"park"}]}})");
  CHECK(desk({"--json", "resume-queue", "--dry-run"}).out == preview + "\n");
  CHECK(desk.last().target == "/api/v1/queue-management/resume-queue?dry_run=true");
}

TEST_CASE("a person at a terminal sees the counts and is asked, and only a yes goes on", "[cli][plan]") {
  for (const char* yes : {"y\n", "Y\n", "yes\n"}) {
    Desk desk{daemon(closed + "null}")};
    const Run run = with_person(at(desk, {"close", "--reason", "x"}), yes);
    CHECK(run.code == 0);
    CHECK(run.out == preview_table + "Close the circuit? [y/N] Circuit breaker closed: x\n");
    CHECK(desk.last().target == "/api/v1/breaker/close");
  }
  for (const char* no : {"", "\n", "n\n", "no\n", "yn\n"}) {
    INFO(no);
    Desk desk{daemon("{}")};
    const Run run = with_person(at(desk, {"resume-queue", "--action", "park"}), no);
    CHECK(run.code == 1);
    CHECK_THAT(run.out, ContainsSubstring("Resume the queue? [y/N] "));
    CHECK(run.err == "breakerctl: nothing was done\n");
    CHECK(desk.peer.seen().size() == 1);
  }
}

TEST_CASE("nobody is asked with --yes, with --json, or where there is no terminal to answer from", "[cli][plan]") {
  const auto asked = [](const std::vector<std::string>& arguments) {
    Desk desk{daemon(closed + "null}")};
    CHECK(with_person(at(desk, arguments), "").code == 0);
    for (const PeerRequest& request : desk.peer.seen())
      if (request.target.ends_with("dry_run=true")) return true;
    return false;
  };
  CHECK_FALSE(asked({"close", "--reason", "x", "--yes"}));
  CHECK_FALSE(asked({"--json", "close", "--reason", "x"}));
  Desk desk{daemon(closed + "null}")};
  CHECK(at_terminal(at(desk, {"close", "--reason", "x"})).code == 0);
  CHECK(desk.peer.seen().size() == 1);
}

TEST_CASE("a preview that fails is told, and nothing is closed", "[cli][plan]") {
  Desk desk{problem(503, "overloaded", "too much to do")};
  const Run run = with_person(at(desk, {"close", "--reason", "x"}), "y\n");
  CHECK(run.code == 3);
  CHECK_THAT(run.err, ContainsSubstring("too much to do"));
  CHECK(desk.peer.seen().size() == 1);
}

TEST_CASE("plans are listed among the commands about many jobs", "[cli][plan]") {
  Desk desk{success(R"({"commands":[)" + plan + R"(],"next_cursor":null})")};
  CHECK_THAT(desk({"commands", "list"}).out, ContainsSubstring("7   plan  running  -        3"));
  Desk stopped{success(plan)};
  CHECK(stopped({"commands", "stop", "7"}).out == "command 7: plan running, 2 jobs parked, 1 cancelled\n");
}
