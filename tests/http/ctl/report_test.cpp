// What a worker tells the daemon of a job's end when answers get lost, and what becomes of large results.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/http/ctl/text/text.hpp>
#include "tests/http/ctl/worker_bench.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;

namespace {

const std::string fails_first = "[ $BREAKERD_ATTEMPT -gt 1 ] || { echo down >&2; exit 75; }";

/// Does with the first report of a failure as `what` says, then loses its answer.
FakeDaemon::Interfere lose_first_fail(std::function<void()> what, unsigned& fails) {
  return [what = std::move(what), &fails](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/fail") || ++fails > 1) return std::nullopt;
    what();
    return drop();
  };
}

JobEnd judged(std::string out, std::uint64_t out_bytes) {
  ChildEnd end;
  end.out = std::move(out);
  end.out_bytes = out_bytes;
  return judge(std::move(end), WorkOptions{});
}

constexpr std::size_t most = breakerd::limits::result_bytes_max;

}  // namespace

TEST_CASE("a service failure whose answer is lost is not repeated when it was heard and a person has closed since",
          "[cli][worker]") {
  Bench bench{fails_first};
  bench.options.service = "apollo";
  bench.daemon.add("1");
  unsigned fails = 0;
  bench.daemon.interfere = lose_first_fail(
      [&] {
        auto& job = bench.daemon.job(1);
        job.status = "PENDING";
        job.error = "down";
        ++bench.daemon.epoch;  // opened, and closed again
      },
      fails);
  CHECK(bench.run() == ExitCode::ok);
  CHECK(fails == 1);
  CHECK(bench.daemon.epoch == 8);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.logged("\"outcome\":\"service_failure\""));
  CHECK(bench.logged("the first answer was lost"));
}

TEST_CASE("a service failure that nobody heard is repeated", "[cli][worker]") {
  Bench bench{fails_first};
  bench.options.service = "apollo";
  bench.daemon.add("1");
  unsigned fails = 0;
  SECTION("the lease lives") {
    bench.daemon.interfere = lose_first_fail([] {}, fails);
  }
  SECTION("the lease lives, and another failure opened the circuit") {
    bench.daemon.interfere = lose_first_fail([&] { ++bench.daemon.epoch; }, fails);
  }
  SECTION("the lease ran out and the circuit has not opened since") {
    bench.daemon.interfere = lose_first_fail([&] { bench.daemon.job(1).status = "PENDING"; }, fails);
  }
  SECTION("the lease ran out, the circuit has opened, and the job has no such error") {
    bench.daemon.interfere = lose_first_fail(
        [&] {
          bench.daemon.job(1).status = "PENDING";
          bench.daemon.job(1).error = "another";
          ++bench.daemon.epoch;
        },
        fails);
  }
  bench.options.drain = false;
  bench.start();
  REQUIRE(bench.said.wait_for("\"event\":\"paused\""));
  CHECK(fails == 2);
  bench.stop.request(0s);
  CHECK(bench.finish() == ExitCode::ok);
}

TEST_CASE("a job's own failure is reported again without a look", "[cli][worker]") {
  Bench bench{"exit 1"};
  bench.daemon.add("1");
  unsigned fails = 0;
  bench.daemon.interfere = lose_first_fail([] {}, fails);
  CHECK(bench.run() == ExitCode::ok);
  CHECK(fails == 2);
  CHECK(bench.daemon.job(1).status == "FAILED");
}

TEST_CASE("a heartbeat goes on while a stopped command takes its time to die", "[cli][worker]") {
  const Gate gate;
  Bench bench{"[ $BREAKERD_ATTEMPT -gt 1 ] || { trap '' TERM; read x < " + gate.path + "; }"};
  bench.daemon.add("1");
  bench.daemon.stop = true;
  bench.options.term_grace = 30s;
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat", 3));
  gate.open();
  CHECK(bench.finish() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.logged("\"outcome\":\"released\""));
}

TEST_CASE("a lease that is lost while its command dies is not reported", "[cli][worker]") {
  const Gate gate;
  Bench bench{"trap '' TERM; read x < " + gate.path};
  bench.daemon.add("1");
  bench.daemon.stop = true;
  bench.options.term_grace = 30s;
  unsigned beats = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (ends_with(request.target, "/heartbeat") && ++beats == 2) bench.daemon.job(1).status = "CANCELLED";
    return std::nullopt;
  };
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat", 2));
  gate.open();
  CHECK(bench.finish() == ExitCode::ok);
  CHECK(bench.daemon.job(1).reports == 0);
  CHECK(bench.logged("\"outcome\":\"lost\""));
}

TEST_CASE("reports are tried several times within a lease", "[cli][worker]") {
  Bench bench{"echo 1"};
  bench.options.ask.lease_ms = 400;
  bench.daemon.add("1");
  unsigned tries = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/complete")) return std::nullopt;
    if (++tries > 12) return std::nullopt;
    return problem(503, "unavailable", "starting");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(tries == 13);
}

TEST_CASE("a lease outlives several pauses between reports", "[cli][worker]") {
  CHECK(longest_report_pause(100) == 12ms);
  CHECK(longest_report_pause(400) == 50ms);
  CHECK(longest_report_pause(8'000) == 1s);
  CHECK(longest_report_pause(3'600'000) == 3s);  // and no more than this, however long the lease
  CHECK(longest_report_pause(8) == 10ms);
}

TEST_CASE("a result that just fits is kept whole", "[cli][worker]") {
  const std::string text(most - 2, 'x');
  const auto end = judged(text + "\n", text.size());
  CHECK(end.result.size() == most);
  CHECK(end.note.empty());
}

TEST_CASE("of a result that does not fit the longest prefix is kept, and the log says so", "[cli][worker]") {
  const auto cut = [](const std::string& text, std::uint64_t bytes, std::size_t kept) {
    const auto end = judged(text.substr(0, output_bytes_max), bytes);
    CHECK(end.result.size() <= most);
    CHECK(end.result == json_string(text.substr(0, kept)));
    CHECK(end.note == "its output of " + std::to_string(bytes) + " bytes was cut to " + std::to_string(kept));
  };
  cut(std::string(most - 1, 'x'), most - 1, most - 2);
  cut(std::string(most * 2, 'x'), most * 2, most - 2);
  cut(std::string(most, '\n') + "x", most + 1, most / 2 - 1);  // two bytes each
  cut(std::string(1000, '\x01') + std::string(most, 'x'), most + 1000, most - 2 - 5000);
  std::string wide = "x";  // so that a character lies across the border
  while (wide.size() < most) wide += "\xe2\x82\xac";
  cut(wide, wide.size(), wide.size() - 3 * ((wide.size() - (most - 2) + 2) / 3));
}

TEST_CASE("white space behind the bound is not missed", "[cli][worker]") {
  const auto end = judged("1" + std::string(output_bytes_max - 1, '\n'), 1);
  CHECK(end.result == "1");
  CHECK(end.note.empty());
}

TEST_CASE("a JSON string's length is told before it is written", "[cli][json]") {
  for (const std::string text : {"plain", "\"\\\b\f\n\r\t", "\x01\x1f\x7f", "é€😀", "\xff\xe2\x82", ""}) {
    CAPTURE(text);
    const auto whole = json_string(text).size();
    CHECK(json_string_prefix(text, whole) == text.size());
    if (!text.empty()) CHECK(json_string_prefix(text, whole - 1) < text.size());
  }
  CHECK(json_string_prefix("é", 3) == 0);
}

TEST_CASE("finished work is kept while the daemon does not let the worker in, and reported when it does",
          "[cli][worker]") {
  const auto status = GENERATE(401u, 403u, 405u);
  Bench bench{"echo 42"};
  bench.daemon.add("1");
  unsigned refusals = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/complete") || ++refusals > 2) return std::nullopt;
    return problem(status, "unauthorized", "no such token");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.daemon.job(1).report["result"] == 42);
  CHECK(bench.logged("\"event\":\"keeping\""));
  CHECK(bench.logged("no such token"));
}

TEST_CASE("work that the daemon never took is printed at the end, and the exit code says so", "[cli][worker]") {
  Bench bench{"echo '{\"n\": 123456789012345678901234567890}'"};
  bench.daemon.add("1");
  ExitCode expected = ExitCode::refused;
  SECTION("it does not let the worker in") {
    bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
      if (!ends_with(request.target, "/complete")) return std::nullopt;
      bench.stop.request(-report_grace);
      return problem(401, "unauthorized", "no such token");
    };
  }
  SECTION("it takes no form of the report") {
    bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
      if (!ends_with(request.target, "/complete")) return std::nullopt;
      if (request.body.find("result") == std::string::npos) bench.stop.request(0s);  // the last form of it
      return problem(422, "invalid", "a field nobody knows");
    };
  }
  SECTION("it is not there") {
    expected = ExitCode::unreachable;
    bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
      if (!ends_with(request.target, "/complete")) return std::nullopt;
      bench.stop.request(-report_grace);
      return drop();
    };
  }
  CHECK(bench.run() == expected);
  CHECK(bench.logged("\"outcome\":\"unreported\""));
  CHECK(bench.logged("\"result\":{\"n\":123456789012345678901234567890}"));
}

TEST_CASE("a worker that was let in once waits to be let in again; one that never was ends", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.add("1");
  unsigned leases = 0;
  unsigned refused_at = 2;
  SECTION("once") { refused_at = 2; }
  SECTION("never") { refused_at = 1; }
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (request.target != "/api/v1/leases" || ++leases != refused_at) return std::nullopt;
    return problem(401, "unauthorized", "no such token");
  };
  CHECK(bench.run() == (refused_at == 1 ? ExitCode::refused : ExitCode::ok));
  CHECK(bench.logged(refused_at == 1 ? "\"event\":\"refused\"" : "\"event\":\"kept_out\""));
}
