// Whole runs of `breakerctl enqueue`.

#include <breakerd/http/ctl/text/progress.hpp>
#include "tests/http/ctl/desk.hpp"
#include "tests/support/manual_clock.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

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
  SECTION("an answer is lost, and that of the same batch sent once more on a new connection") {
    Desk desk{batches([](int call) { return call >= 2 ? std::optional{drop()} : std::nullopt; })};
    const auto done = desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n4\n5\n");
    CHECK(done.code == 3);
    CHECK_THAT(done.err, ContainsSubstring("look whether this batch is in"));
    CHECK(desk.peer.seen().size() == 3);
  }
  SECTION("an answer is lost, and the batch is sent once more with its key") {
    Desk desk{batches([](int call) { return call == 2 ? std::optional{drop()} : std::nullopt; })};
    CHECK(desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n4\n5\n").code == 0);
    const auto seen = desk.peer.seen();
    REQUIRE(seen.size() == 4);
    CHECK(seen[1].body == seen[2].body);
    CHECK(seen[1].head == seen[2].head);
  }
  SECTION("a row is malformed") {
    Desk desk{batches()};
    const auto done = desk({"enqueue", "--from", "-", "--type", "t", "--batch", "2"}, "1\n2\n3\n{\n");
    CHECK(done.code == 6);
    CHECK_THAT(done.err, ContainsSubstring("line 4: not a JSON value"));
    CHECK_THAT(done.err, ContainsSubstring("--skip 2"));
    const auto behind = desk({"enqueue", "--from", "-", "--type", "t", "--skip", "4"}, "1\n2\n3\n{\n5\n");
    CHECK(behind.out == "1 jobs enqueued, ids 3 to 3\n");
  }
  SECTION("the lines end as no line does") {
    Desk desk{batches()};
    const TempFile file{".CSV", "a,b\r1,2\r"};
    const auto done = desk({"enqueue", "--from", file.path, "--type", "t"});
    CHECK(done.code == 6);
    CHECK_THAT(done.err, ContainsSubstring("a carriage return"));
  }
  SECTION("there is no file") { CHECK(breakerctl({"enqueue", "--from", "/nonexistent", "--type", "t"}).code == 6); }
}

TEST_CASE("progress is a bar on a terminal and lines elsewhere", "[cli][progress]") {
  std::ostringstream bar, lines;
  breakerd::test::ManualClock clock;
  Progress terminal{bar, true, 200, clock};
  Progress plain{lines, false, 0, clock};
  clock.advance(std::chrono::seconds{2});
  terminal.finish(5, 100);
  plain.update(5, 0);
  CHECK_THAT(bar.str(), ContainsSubstring("\r[###############...............]  50%  5 jobs, 2/s"));
  CHECK(bar.str().back() == '\n');
  CHECK(lines.str() == "enqueued 5 jobs, 2/s\n");
}

TEST_CASE("progress is told a few times a second on a terminal, and now and then elsewhere", "[cli][progress]") {
  const auto tellings = [](bool terminal) {
    std::ostringstream out;
    breakerd::test::ManualClock clock;
    Progress progress{out, terminal, 0, clock};
    for (int i = 0; i < 400; ++i) {
      clock.advance(std::chrono::milliseconds{10});
      progress.update(1, 0);
    }
    const std::string text = out.str();
    return std::count(text.begin(), text.end(), terminal ? '\r' : '\n');
  };
  CHECK(tellings(true) == 40);
  CHECK(tellings(false) == 2);
}

TEST_CASE("enqueue says when a job expires, as a time or from now", "[cli][commands]") {
  Desk desk{success(R"({"id":1,"status":"PENDING"})")};
  CHECK(desk({"enqueue", "--type", "code", "--expires-in-ms", "5000"}).code == 0);
  CHECK(desk.last().body == R"({"job_type":"code","expires_in_ms":5000})");
  CHECK(desk({"enqueue", "--type", "code", "--expires-at", "2030-01-01T00:00:00Z"}).code == 0);
  CHECK(desk.last().body == R"({"job_type":"code","expires_at":"2030-01-01T00:00:00Z"})");
  CHECK(desk({"enqueue", "--type", "code", "--expires-in-ms", "0"}).code == 2);
  CHECK(desk({"enqueue", "--type", "code", "--expires-at", "soon"}).code == 2);
  CHECK(desk({"enqueue", "--type", "code", "--expires-at", "2030-01-01T00:00:00Z", "--expires-in-ms", "5"}).code == 2);
}

TEST_CASE("expired jobs are retried and discarded by their status", "[cli][commands]") {
  Desk desk{success(R"({"id":1,"kind":"discard","state":"running","matched":2,"done":0,"skipped":0})", 202)};
  CHECK(desk({"jobs", "discard", "--status", "EXPIRED", "--all"}).code == 0);
  CHECK(desk.last().body == R"({"filter":{"status":"EXPIRED"}})");
  CHECK(desk({"jobs", "retry", "--status", "EXPIRED", "--type", "code"}).code == 0);
  CHECK(desk.last().body == R"({"filter":{"status":"EXPIRED","job_type":"code"}})");
  CHECK(desk({"jobs", "retry", "--status", "COMPLETED", "--all"}).code == 2);
}
