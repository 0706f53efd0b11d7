// Whole runs of breakerctl against a scripted peer: what is sent, what is printed, how it ends.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string campaign_id = "01a21468-7e96-7fe0-b19f-f69f33e6d620";
const std::string campaign =
    R"({"id":"01a21468-7e96-7fe0-b19f-f69f33e6d620","name":"n","status":"RUNNING","sealed":true,"job_counts":{"COMPLETED":2,"PENDING":3}})";

}  // namespace

TEST_CASE("a wrong command line ends with 2 and sends nothing", "[cli][commands]") {
  Desk desk{success("{}")};
  const std::vector<std::vector<std::string>> wrong{
      {},
      {"nonsense"},
      {"open"},
      {"campaign"},
      {"jobs", "show", "abc"},
      {"enqueue"},
      {"enqueue", "--type", "t", "--payload", "{"},
      {"enqueue", "--type", "t", "--batch", "10"},
      {"enqueue", "--from", "-", "--batch", "10001", "--type", "t"},
      {"enqueue", "--from", "-", "--format", "csv"},
      {"events", "--from", "0"},
      {"events", "--limit", "-1"},
      {"events", "--last", "0"},
      {"events", "--since", "tomorrow"},
      {"events", "--since", ""},
      {"events", "--until", "25:00"},
      {"events", "--last", "3", "--from", "1"},
      {"events", "--last", "3", "--all"},
      {"events", "--follow", "--until", "9"},
      {"jobs", "list", "--status", "PAUSD"},
      {"campaign", "list", "--status", "PENDING"},
      {"campaign", "show", ""},
      {"campaign", "create"},
      {"campaign", "create", ""},
      {"service", "pause"},
      {"service", "pause", "No Name"},
      {"failures", "report"},
      {"open", "--reason", "r", "--service", "a b"},
      {"open", "--reason", "r", "--in-flight", "kill"},
      {"close", "--reason", "r", "--epoch", "-1"},
      {"enqueue", "--from", "-", "--type", "t", "--skip", "-1"},
      {"jobs", "show", "010"},
      {"work", "--service", "Not a name", "--", "true"},
      {"work", "--service", "", "--", "true"},
      {"work", "--types", std::string(200, 'x'), "--", "true"},
      {"work", "--worker", std::string(300, 'x'), "--", "true"},
      {"work"},
      {"work", "--", ""},
      {"work", "--service-failure-codes", "69", "--", "true"},
      {"work", "--service", "a", "--service-failure-codes", "256", "--", "true"},
      {"work", "--concurrency", "0", "--", "true"},
      {"status", "--", "words"},
  };
  for (const auto& arguments : wrong) {
    CAPTURE(arguments);
    const auto code = desk(arguments).code;
    CHECK((code == 2 || (code == 6 && arguments.size() == 3 && arguments[0] == "work")));
  }
  CHECK(breakerctl({"--address", "https://x", "status"}).code == 2);
  CHECK(desk.peer.seen().empty());
}

TEST_CASE("a word that is no command is named, and no bound is printed in full", "[cli][commands]") {
  CHECK_THAT(breakerctl({"nonsense"}).err, ContainsSubstring("\"nonsense\" is no command"));
  CHECK_THAT(breakerctl({"campaign", "nonsense"}).err, ContainsSubstring("\"nonsense\""));
  const auto zero = breakerctl({"events", "--from", "0"}).err;
  CHECK_THAT(zero, ContainsSubstring("\"0\" is not a whole number from 1 up"));
  CHECK(zero.size() < 100);
}

TEST_CASE("with --json a wrong command line is told as JSON", "[cli][commands]") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--json", "nonsense"},
                                                {"open", "--json"},
                                                {"--json"},
                                                {"--json", "--nope", "status"}}) {
    const auto done = breakerctl(words);
    CHECK(done.code == 2);
    CHECK(done.out.empty());
    CHECK(Json::parse(done.err)["error"]["kind"] == "usage");
  }
}

TEST_CASE("output that cannot be written ends with 6", "[cli][commands]") {
  Desk desk{success("{}")};
  const auto into_nothing = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--address", desk.peer.url()});
    std::istringstream in;
    std::ostringstream out, err;
    out.setstate(std::ios::badbit);
    const int code = run(arguments, Streams{in, out, err});
    return std::pair{code, err.str()};
  };
  CHECK(into_nothing({"status"}) == std::pair{6, std::string{"breakerctl: standard output cannot be written\n"}});
  CHECK(into_nothing({"--help"}).first == 6);
  CHECK(Json::parse(into_nothing({"--json", "status"}).second)["error"]["kind"] == "local");
  CHECK(into_nothing({"nonsense"}).first == 2);
}

TEST_CASE("the version is told", "[cli][commands]") {
  CHECK_THAT(breakerctl({"--version"}).out, ContainsSubstring("breakerctl 0."));
  CHECK(breakerctl({"--version"}).code == 0);
}

TEST_CASE("the address does not matter to what asks no daemon", "[cli][commands]") {
  const auto done = breakerctl({"--address", "garbage", "verify", "--data-dir", "/nonexistent"});
  CHECK(done.code == 6);
  CHECK_THAT(done.err, ContainsSubstring("is no data directory"));
}

TEST_CASE("help ends with 0", "[cli][commands]") {
  CHECK(breakerctl({"--help"}).code == 0);
  CHECK_THAT(breakerctl({"campaign", "create", "--help"}).out, ContainsSubstring("--metadata"));
}

TEST_CASE("nobody there ends with 3", "[cli][commands]") {
  Desk desk{success("{}")};
  desk.peer.die();
  const auto done = desk({"status"});
  CHECK(done.code == 3);
  CHECK_THAT(done.err, ContainsSubstring("cannot reach breakerd at http://127.0.0.1:"));
}

TEST_CASE("refusals are told with their fields and end by their kind", "[cli][commands]") {
  Desk open{problem(400, "circuit_open", "The circuit breaker is open")};
  CHECK(open({"resume-queue"}).code == 5);
  Desk absent{problem(404, "not_found", "there is no such job")};
  CHECK(absent({"jobs", "show", "7"}).code == 4);
  Desk invalid{problem(422, "invalid", "one field", R"(,"errors":[{"field":"name","expected":"1 to 255"}])")};
  const auto done = invalid({"campaign", "create", "x"});
  CHECK(done.code == 1);
  CHECK(done.err == "breakerctl: one field [invalid]\n  name: 1 to 255\n");
  CHECK_THAT(invalid({"--json", "campaign", "create", "x"}).err,
             ContainsSubstring(R"("errors":[{"field":"name","detail":"1 to 255"}])"));
}

TEST_CASE("status shows the circuit, the queue and the counts", "[cli][commands]") {
  const std::string data =
      R"({"circuit_breaker":{"state":"open","opened_at":"2026-11-23T10:00:00.000000Z","closed_at":null,"epoch":3,
    "metadata":{"last_error":"429 \u001b[2J","service":"apollo","reason":null}},"queue":{"paused":true},
    "job_counts":{"PENDING":0,"PAUSED":12},"campaign_counts":{"PAUSED":1}})";
  Desk desk{success(data)};
  const auto text = desk({"status"}).out;
  CHECK_THAT(text, ContainsSubstring("circuit      OPEN since 2026-11-23T10:00:00.000000Z, epoch 3\n"));
  CHECK_THAT(text, ContainsSubstring("429 \\x1b[2J"));
  CHECK_THAT(text, ContainsSubstring("queue        paused\njobs         paused 12\ncampaigns    paused 1\n"));
  CHECK(desk.last().target == "/api/v1/queue-management/status");
  // --json before or behind the command; one line, as the daemon said it.
  const auto json = desk({"status", "--json"}).out;
  CHECK(json == desk({"--json", "status"}).out);
  CHECK_THAT(json, ContainsSubstring(R"({"circuit_breaker":{"state":"open")"));
  CHECK(std::count(json.begin(), json.end(), '\n') == 1);
}

TEST_CASE("open and close carry the reason, close the epoch", "[cli][commands]") {
  Desk desk{success(R"({"state":"open","epoch":1,"message":"Circuit breaker opened: x"})")};
  CHECK(desk({"open", "--reason", "say \"x\""}).out == "Circuit breaker opened: x\n");
  CHECK(desk.last().target == "/api/v1/breaker/open");
  CHECK(desk.last().body == R"({"reason":"say \"x\""})");
  CHECK(desk({"close", "--reason", "ok", "--epoch", "4"}).code == 0);
  CHECK(desk.last().target == "/api/v1/breaker/close");
  CHECK(desk.last().body == R"({"reason":"ok","epoch":4})");
}

TEST_CASE("campaign commands go to their paths", "[cli][commands]") {
  Desk desk{success(campaign)};
  CHECK(desk({"campaign", "create", "x", "--metadata", "{\"b\":1, \"a\":[1,2]}"}).out ==
        "01a21468-7e96-7fe0-b19f-f69f33e6d620  RUNNING  sealed\n");
  CHECK(desk.last().body == R"({"name":"x","metadata":{"b":1, "a":[1,2]}})");
  for (const std::string action : {"start", "resume", "seal"}) {
    CHECK(desk({"campaign", action, "01a21468-7e96-7fe0-b19f-f69f33e6d620"}).code == 0);
    CHECK(desk.last().target == "/api/v1/campaigns/01a21468-7e96-7fe0-b19f-f69f33e6d620/" + action);
    CHECK(desk.last().body.empty());
  }
  CHECK(desk({"campaign", "cancel", campaign_id, "--reason", "r"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/" + campaign_id + "/cancel");
  CHECK(desk.last().body == R"({"reason":"r"})");
  CHECK(desk({"campaign", "create", "x", "--start"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/01a21468-7e96-7fe0-b19f-f69f33e6d620/start");
  CHECK(desk({"campaign", "create", "x", "--metadata", "[1]"}).code == 2);
}

TEST_CASE("a campaign is shown with its pace in words", "[cli][commands]") {
  const auto shown = [](const std::string& pace) {
    Desk desk{success(R"({"id":"01a21468-7e96-7fe0-b19f-f69f33e6d620","pace":)" + pace + "}")};
    const auto done = desk({"campaign", "show", campaign_id});
    CHECK(done.code == 0);
    return done.out.substr(done.out.find('\n') + 1);
  };
  const auto running = [&](const std::string& eta_seconds) {
    return shown(R"({"jobs_per_minute":120,"eta_seconds":)" + eta_seconds + "}");
  };
  CHECK(running("300") == "pace            120 jobs/min, about 5 min left\n");
  CHECK(running("0") == "pace            120 jobs/min, about 0 s left\n");
  CHECK(running("119") == "pace            120 jobs/min, about 119 s left\n");
  CHECK(running("151") == "pace            120 jobs/min, about 3 min left\n");
  CHECK(running("9000") == "pace            120 jobs/min, about 3 h left\n");
  CHECK(running("200000") == "pace            120 jobs/min, about 2 days left\n");
  CHECK(running("null") == "pace            120 jobs/min\n");
  CHECK(shown("null").empty());
}

TEST_CASE("a campaign that is created and cannot be started keeps its id", "[cli][commands]") {
  Desk desk{[](const PeerRequest& request) {
    const bool start = request.target.find("/start") != std::string::npos;
    return start ? problem(409, "circuit_open", "the circuit breaker is open") : success(campaign, 201);
  }};
  const auto text = desk({"campaign", "create", "x", "--start"});
  CHECK(text.code == 5);
  CHECK_THAT(text.out, ContainsSubstring("01a21468-7e96-7fe0-b19f-f69f33e6d620  RUNNING"));
  CHECK_THAT(
      text.err,
      ContainsSubstring(
          "campaign 01a21468-7e96-7fe0-b19f-f69f33e6d620 was created, but not started: the circuit breaker is open"));
  const auto json = desk({"--json", "campaign", "create", "x", "--start"});
  CHECK(json.code == 5);
  CHECK(Json::parse(json.out)["id"] == "01a21468-7e96-7fe0-b19f-f69f33e6d620");
  CHECK(Json::parse(json.err)["error"]["code"] == "circuit_open");
}

TEST_CASE("lists follow cursors up to the limit", "[cli][commands]") {
  Desk desk{[](const PeerRequest& request) {
    const bool second = request.target.find("cursor=a%2F") != std::string::npos;
    return second
               ? success(R"({"jobs":[{"id":3,"status":"PAUSED"}],"next_cursor":null})")
               : success(
                     R"({"jobs":[{"id":1,"status":"FAILED","error":"x"},{"id":2,"big":12345678901234567890123}],"next_cursor":"a/"})");
  }};
  const auto all = desk({"jobs", "list", "--all", "--status", "PAUSED"});
  CHECK(all.code == 0);
  CHECK(std::count(all.out.begin(), all.out.end(), '\n') == 4);
  CHECK(desk.peer.seen().front().target == "/api/v1/jobs?status=PAUSED&limit=200");
  const auto two = desk({"jobs", "list", "--limit", "2", "--json"});
  CHECK(two.out == "{\"id\":1,\"status\":\"FAILED\",\"error\":\"x\"}\n{\"id\":2,\"big\":12345678901234567890123}\n");
  CHECK(two.err == "more: --cursor a/\n");
}

TEST_CASE("events are read page by page to the end", "[cli][commands]") {
  Desk desk{[](const PeerRequest& request) {
    if (request.target.find("from=1&") != std::string::npos) {
      return success(
          R"({"events":[{"seq":1,"time":"T","type":"JobEnqueued","stream":"queue","principal":"p","cause":null,"data":{"a":1}}],"next":2})");
    }
    return success(R"({"events":[],"next":2})");
  }};
  const auto done = desk({"events", "--all", "--type", "JobEnqueued", "--stream", "queue"});
  CHECK(done.code == 0);
  CHECK(done.out == "       1  T  JobEnqueued          queue  by p  {\"a\":1}\n");
  CHECK(desk.peer.seen().front().target == "/api/v1/events?from=1&limit=1000&type=JobEnqueued&stream=queue");
  const auto one = desk({"events", "--limit", "1", "--json"});
  CHECK_THAT(one.out, ContainsSubstring(R"({"seq":1,)"));
  CHECK(one.err.empty());  // a look behind the last one finds nothing
}

TEST_CASE("more events are told only when there are any", "[cli][commands]") {
  Desk desk{[](const PeerRequest& request) {
    if (request.target.find("from=1&") != std::string::npos) return success(R"({"events":[{"seq":1}],"next":2})");
    // A page of a filter that looked at many and found none, then one.
    if (request.target.find("from=2&") != std::string::npos) return success(R"({"events":[],"next":900})");
    return success(R"({"events":[{"seq":901}],"next":902})");
  }};
  CHECK(desk({"events", "--limit", "1", "--json"}).err == "more: --from 2\n");
}

TEST_CASE("following goes on through a restart, from where it was", "[cli][commands]") {
  Desk desk{[calls = 0](const PeerRequest& request) mutable {
    const bool second = request.target.find("from=2&") != std::string::npos;
    if (!second) return success(R"({"events":[{"seq":1}],"next":2})");
    return ++calls == 1 ? drop()
           : calls == 2 ? success(R"({"events":[],"next":2})")
                        : success(R"({"events":[{"seq":2}],"next":3})");
  }};
  const auto done = desk({"events", "--follow", "--limit", "2", "--json"});
  CHECK(done.code == 0);
  CHECK(done.out == "{\"seq\":1}\n{\"seq\":2}\n");
}

TEST_CASE("words behind -- are the command's, whatever they look like", "[cli][commands]") {
  Desk desk{[leased = false](const PeerRequest& request) mutable {
    if (request.target == "/api/v1/leases" && !std::exchange(leased, true)) {
      return success(
          R"({"jobs":[{"id":1,"job_type":"t","payload":null,"attempt":1,"token":"x"}],"paused":false,"circuit":{}})");
    }
    if (request.target == "/api/v1/leases") return success(R"({"jobs":[],"paused":false,"circuit":{}})");
    return success("{}");
  }};
  const auto done = desk({"work", "--drain", "--quiet", "--", "echo", "[a,b]", "--json", "-x", "--", "y"});
  CHECK(done.code == 0);
  const auto seen = desk.peer.seen();
  const auto complete =
      std::find_if(seen.begin(), seen.end(), [](const auto& r) { return r.target == "/api/v1/jobs/1/complete"; });
  REQUIRE(complete != seen.end());
  CHECK(complete->body == R"({"token":"x","result":"[a,b] --json -x -- y"})");
}
