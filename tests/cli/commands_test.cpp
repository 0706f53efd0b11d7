// Whole runs of breakerctl against a scripted peer: what is sent, what is printed, how it ends.

#include "http/cli/commands.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "http/cli/progress.hpp"
#include "tests/cli/scripted_peer.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::cli;
using namespace breakerd::cli::test;
using Catch::Matchers::ContainsSubstring;

namespace {

struct Run {
  int code = 0;
  std::string out;
  std::string err;
};

Run breakerctl(const std::vector<std::string>& arguments, const std::string& input = "") {
  std::istringstream in{input};
  std::ostringstream out, err;
  Run done;
  done.code = run(arguments, Streams{in, out, err, false, false});
  done.out = out.str();
  done.err = err.str();
  return done;
}

/// A peer that answers everything alike, and breakerctl talking to it.
struct Desk {
  ScriptedPeer peer;

  explicit Desk(PeerAnswer answer) : peer{[answer](const PeerRequest&) { return answer; }} {}
  explicit Desk(ScriptedPeer::Script script) : peer{std::move(script)} {}

  Run operator()(std::vector<std::string> arguments, const std::string& input = "") const {
    arguments.insert(arguments.begin(), {"--address", peer.url()});
    return breakerctl(arguments, input);
  }
  PeerRequest last() {
    const auto all = peer.seen();
    REQUIRE_FALSE(all.empty());
    return all.back();
  }
};

struct TempFile {
  std::string path;
  TempFile(const std::string& ending, const std::string& text) {
    char folder[] = "/tmp/breakerd-cli-XXXXXX";
    path = std::string{::mkdtemp(folder)} + "/rows" + ending;
    std::ofstream{path, std::ios::binary} << text;
  }
  ~TempFile() { std::filesystem::remove_all(std::filesystem::path{path}.parent_path()); }
};

const std::string campaign =
    R"({"id":"c-1","name":"n","status":"RUNNING","sealed":true,"job_counts":{"COMPLETED":2,"PENDING":3}})";

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

TEST_CASE("help ends with 0", "[cli][commands]") {
  CHECK(breakerctl({"--help"}).code == 0);
  CHECK_THAT(breakerctl({"campaign", "create", "--help"}).out, ContainsSubstring("--metadata"));
}

TEST_CASE("the address comes from the environment when no option names it", "[cli][commands]") {
  Desk desk{success("{}")};
  // The peer's threads read no environment.
  ::setenv("BREAKERD_ADDRESS", desk.peer.url().c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  CHECK(breakerctl({"status"}).code == 0);
  ::unsetenv("BREAKERD_ADDRESS");  // NOLINT(concurrency-mt-unsafe)
  CHECK(desk.peer.seen().size() == 1);
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
  CHECK(desk({"campaign", "create", "x", "--metadata", "{\"b\":1, \"a\":[1,2]}"}).out == "c-1  RUNNING  sealed\n");
  CHECK(desk.last().body == R"({"name":"x","metadata":{"b":1, "a":[1,2]}})");
  for (const std::string action : {"start", "resume", "seal"}) {
    CHECK(desk({"campaign", action, "c-1"}).code == 0);
    CHECK(desk.last().target == "/api/v1/campaigns/c-1/" + action);
    CHECK(desk.last().body.empty());
  }
  CHECK(desk({"campaign", "cancel", "../x", "--reason", "r"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/..%2Fx/cancel");
  CHECK(desk.last().body == R"({"reason":"r"})");
  CHECK(desk({"campaign", "create", "x", "--start"}).code == 0);
  CHECK(desk.last().target == "/api/v1/campaigns/c-1/start");
  CHECK(desk({"campaign", "create", "x", "--metadata", "[1]"}).code == 2);
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

TEST_CASE("one job is enqueued with what was given", "[cli][commands]") {
  Desk desk{success(R"({"id":9,"status":"PENDING"})", 201)};
  CHECK(desk({"enqueue", "--type", "t", "--payload", "[1, 2]", "--name", "n", "--max-attempts", "5"}).out ==
        "job 9 PENDING\n");
  CHECK(desk.last().target == "/api/v1/jobs");
  CHECK(desk.last().body == R"({"job_type":"t","name":"n","max_attempts":5,"payload":[1, 2]})");
}

namespace {

/// Counts the jobs of batches, as the daemon numbers them.
ScriptedPeer::Script batches(std::function<std::optional<PeerAnswer>(int)> instead = nullptr) {
  return [instead, calls = 0, last = std::uint64_t{0}](const PeerRequest& request) mutable {
    ++calls;
    if (instead) {
      if (auto answer = instead(calls)) return *answer;
    }
    const auto count = Json::parse(request.body).size();
    const auto first = last + 1;
    last += count;
    return success("{\"count\":" + std::to_string(count) + ",\"first_id\":" + std::to_string(first) +
                       ",\"last_id\":" + std::to_string(last) + "}",
                   201);
  };
}

}  // namespace

TEST_CASE("a file is enqueued in batches", "[cli][commands]") {
  std::string rows = "code,name\n";
  for (int i = 0; i < 25; ++i) rows += std::to_string(i) + ",\"a\nb\"\n";
  const TempFile file{".csv", rows};
  Desk desk{batches()};
  const auto done = desk({"enqueue", "--from", file.path, "--type", "t", "--batch", "10", "--skip", "2"});
  CHECK(done.code == 0);
  CHECK(done.out == "23 jobs enqueued, ids 1 to 23\n");
  CHECK_THAT(done.err, ContainsSubstring("enqueued 23 jobs"));
  const auto seen = desk.peer.seen();
  REQUIRE(seen.size() == 3);
  CHECK(Json::parse(seen[0].body)[0].dump() == R"({"job_type":"t","payload":{"code":"2","name":"a\nb"}})");
  CHECK(Json::parse(seen[2].body).size() == 3);
}

TEST_CASE("standard input is a source too", "[cli][commands]") {
  Desk desk{batches()};
  const auto done = desk({"--json", "enqueue", "--from", "-", "--type", "t"}, "1\n2\n");
  CHECK(done.out == "{\"count\":2,\"first_id\":1,\"last_id\":2,\"rows_done\":2}\n");
  CHECK(done.err.empty());
}

TEST_CASE("an enqueue that breaks off says what is in and how to go on", "[cli][commands]") {
  SECTION("a batch is refused") {
    Desk desk{batches([](int call) {
      return call == 2 ? std::optional{problem(409, "sealed", "the campaign is sealed")} : std::nullopt;
    })};
    const auto done = desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n4\n5\n");
    CHECK(done.code == 5);
    CHECK_THAT(done.err, ContainsSubstring("the batch of lines 3 to 4: the campaign is sealed"));
    CHECK_THAT(done.err, ContainsSubstring("2 jobs were enqueued before it. To go on behind them: --skip 2"));
  }
  SECTION("an answer is lost") {
    Desk desk{batches([](int call) { return call == 2 ? std::optional{drop()} : std::nullopt; })};
    const auto done = desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n4\n5\n");
    CHECK(done.code == 3);
    CHECK_THAT(done.err, ContainsSubstring("look whether this batch is in"));
    CHECK(desk.peer.seen().size() == 2);
  }
  SECTION("a row is malformed") {
    Desk desk{batches()};
    const auto done = desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n{\n");
    CHECK(done.code == 6);
    CHECK_THAT(done.err, ContainsSubstring("line 4: not a JSON value"));
    CHECK_THAT(done.err, ContainsSubstring("--skip 2"));
  }
  SECTION("there is no file") { CHECK(breakerctl({"enqueue", "--from", "/nonexistent", "--type", "t"}).code == 6); }
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
  CHECK(one.err == "more: --from 2\n");
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

TEST_CASE("progress is a bar on a terminal and lines elsewhere", "[cli][progress]") {
  std::ostringstream bar, lines;
  Progress terminal{bar, true, 200};
  terminal.finish(5, 100);
  CHECK_THAT(bar.str(), ContainsSubstring("\r[###############...............]  50%  5 jobs"));
  CHECK(bar.str().back() == '\n');
  Progress plain{lines, false, 0, std::chrono::seconds{0}};
  plain.update(5, 0);
  CHECK_THAT(lines.str(), ContainsSubstring("enqueued 5 jobs, "));
}
