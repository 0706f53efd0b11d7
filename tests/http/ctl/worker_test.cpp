// `breakerctl work` from lease to report, with shell scripts as commands.

#include <fmt/format.h>

#include "tests/http/ctl/endless.hpp"
#include "tests/http/ctl/worker_bench.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;

TEST_CASE("the payload goes to the command as it was written, and its JSON output is the result", "[cli][worker]") {
  Bench bench{"cat"};
  const std::string payload = R"({"z":1,"a":123456789012345678901234567890})";
  bench.daemon.add(payload);
  std::string body;
  bench.daemon.interfere = [&](const PeerRequest& request) {
    if (ends_with(request.target, "/complete")) body = request.body;
    return std::optional<PeerAnswer>{};
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(body == R"({"token":"token-1-1","result":)" + payload + "}");
}

TEST_CASE("output that is no JSON is a string, no output is no result", "[cli][worker]") {
  Bench bench{"read x; [ $x = 1 ] && echo 'two words'; exit 0"};
  bench.daemon.add("1");
  bench.daemon.add("2");
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).report["result"] == "two words");
  CHECK_FALSE(bench.daemon.job(2).report.contains("result"));
}

TEST_CASE("the environment tells of the job", "[cli][worker]") {
  Bench bench{
      R"(echo "$BREAKERD_JOB_ID $BREAKERD_JOB_TYPE $BREAKERD_ATTEMPT $BREAKERD_SERVICE $BREAKERD_LEASE_TOKEN $BREAKERD_ADDRESS [$BREAKERD_JOB_NAME]")"};
  bench.options.service = "apollo";
  bench.daemon.add("1", "mail");
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).report["result"] == "1 mail 1 apollo token-1-1 " + bench.daemon.peer().url() + " []");
}

TEST_CASE("a failure carries the tail of stderr, and never a service without one being named", "[cli][worker]") {
  Bench bench{"echo first >&2; echo reason >&2; exit 75"};
  bench.daemon.add("1");
  CHECK(bench.run() == ExitCode::ok);
  const auto& report = bench.daemon.job(1).report;
  CHECK(report["error"] == "first\nreason");
  CHECK(report["error_type"] == "exit_75");
  CHECK_FALSE(report.contains("service"));
}

TEST_CASE("exit codes that blame the service carry it, others do not", "[cli][worker]") {
  WorkOptions options;
  options.service = "apollo";
  options.service_failure_codes.insert(69);
  const auto service_of = [&options](int code, int signal = 0) {
    ChildEnd end;
    end.exit_code = code;
    end.signal = signal;
    return judge(end, options).service;
  };
  CHECK(service_of(75) == "apollo");
  CHECK(service_of(69) == "apollo");
  CHECK(service_of(1).empty());
  CHECK(service_of(75, SIGSEGV).empty());
}

TEST_CASE("a command killed by a signal fails with its name", "[cli][worker]") {
  Bench bench{"kill -SEGV $$"};
  bench.daemon.add("1");
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).report["error_type"] == "signal_11");
  CHECK(bench.daemon.job(1).report["error"].get<std::string>().find("Segmentation fault") != std::string::npos);
}

TEST_CASE("after a service failure the worker waits for the resume and runs the job again", "[cli][worker]") {
  Bench bench{"[ $BREAKERD_ATTEMPT -gt 1 ] || exit 75"};
  bench.options.service = "apollo";
  bench.daemon.add("1");
  unsigned paused_looks = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) {
    if (request.target == "/api/v1/leases" && bench.daemon.paused && ++paused_looks == 3) bench.daemon.paused = false;
    return std::optional<PeerAnswer>{};
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.daemon.job(1).leases == 2);
  CHECK(bench.logged("\"event\":\"paused\""));
  CHECK(bench.logged("\"event\":\"resumed\""));
  CHECK(bench.logged("\"outcome\":\"service_failure\""));
}

TEST_CASE("stop kills the group and releases the job", "[cli][worker]") {
  Bench bench{"[ $BREAKERD_ATTEMPT -gt 1 ] || { " + endless + " & wait; }"};
  bench.daemon.add("1");
  bench.daemon.stop = true;
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.daemon.job(1).leases == 2);
  CHECK(bench.logged("\"outcome\":\"released\""));
}

TEST_CASE("a command that exits 0 on SIGTERM after stop is released, not completed", "[cli][worker]") {
  Bench bench{"[ $BREAKERD_ATTEMPT -gt 1 ] || { trap 'exit 0' TERM; " + endless + " & wait; }"};
  bench.daemon.add("1");
  bench.daemon.stop = true;
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).leases == 2);
}

TEST_CASE("a lease that is lost kills the command and reports nothing", "[cli][worker]") {
  Bench bench{endless + " & wait"};
  bench.daemon.add("1");
  bench.daemon.interfere = [&](const PeerRequest& request) {
    if (ends_with(request.target, "/heartbeat")) bench.daemon.job(1).status = "CANCELLED";
    return std::optional<PeerAnswer>{};
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).reports == 0);
  CHECK(bench.logged("\"outcome\":\"lost\""));
}

TEST_CASE("work that ends while the daemon is away is kept and reported once", "[cli][worker]") {
  const Gate gate;
  Bench bench{"read x < " + gate.path + "; echo 42"};
  bench.daemon.add("1");
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat"));
  bench.daemon.peer().die();
  gate.open();  // the command ends, and nobody is there to hear it
  REQUIRE(bench.said.wait_for("\"event\":\"keeping\""));
  bench.daemon.peer().revive();
  CHECK(bench.finish() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.daemon.job(1).report["result"] == 42);
  CHECK(bench.daemon.job(1).reports == 1);
  CHECK(bench.daemon.job(1).leases == 1);
}

TEST_CASE("a complete whose answer is lost is found to have gone through", "[cli][worker]") {
  Bench bench{"echo 1"};
  bench.daemon.add("1");
  bool lost = false;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/complete") || std::exchange(lost, true)) return std::nullopt;
    auto& job = bench.daemon.job(1);
    job.status = "COMPLETED";
    ++job.reports;
    return drop();
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).reports == 1);
  CHECK(bench.logged("\"outcome\":\"completed\""));
  CHECK(bench.logged("the first answer was lost"));
}

TEST_CASE("a stale lease without a lost answer is not a success", "[cli][worker]") {
  Bench bench{"echo 1"};
  bench.daemon.add("1");
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (ends_with(request.target, "/complete")) bench.daemon.job(1).status = "COMPLETED";  // by another worker
    return std::nullopt;
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.logged("\"outcome\":\"lost\""));
}

TEST_CASE("storage that is down is waited for", "[cli][worker]") {
  Bench bench{"echo 1"};
  bench.daemon.add("1");
  unsigned refusals = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/complete") || ++refusals > 2) return std::nullopt;
    return problem(503, refusals == 1 ? "outcome_unknown" : "unavailable", "the disk is full");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.logged("\"event\":\"keeping\""));
}

TEST_CASE("a result the daemon refuses is kept as a string, then left out", "[cli][worker]") {
  Bench bench{R"(echo '{"a":1,"a":2}')"};
  bench.daemon.add("1");
  unsigned refusals = 1;
  SECTION("as a string") { refusals = 1; }
  SECTION("left out") { refusals = 2; }
  unsigned count = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/complete") || ++count > refusals) return std::nullopt;
    return problem(400, "invalid", "duplicate key");
  };
  CHECK(bench.run() == ExitCode::ok);
  const auto& report = bench.daemon.job(1).report;
  if (refusals == 1) {
    CHECK(report["result"] == R"({"a":1,"a":2})");
  } else {
    CHECK_FALSE(report.contains("result"));
  }
}

TEST_CASE("a failure that is refused ends in a release", "[cli][worker]") {
  Bench bench{"[ $BREAKERD_ATTEMPT -gt 1 ] || exit 75"};
  bench.options.service = "nobody";
  bench.daemon.add("1");
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (!ends_with(request.target, "/fail")) return std::nullopt;
    return problem(400, "invalid", "valid services: apollo");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).leases == 2);
  CHECK(bench.logged("valid services: apollo"));
}

TEST_CASE("slots run side by side and only free ones are leased for", "[cli][worker]") {
  const Gate gate;
  Bench bench{"read x < " + gate.path + "; exit 0"};
  bench.options.concurrency = 3;
  for (int i = 0; i < 5; ++i) bench.daemon.add("1");
  unsigned running = 0;
  unsigned most = 0;
  bench.daemon.interfere = [&](const PeerRequest&) {
    running = 0;
    for (std::uint64_t id = 1; id <= 5; ++id) running += bench.daemon.job(id).status == "PROCESSING" ? 1 : 0;
    most = std::max(most, running);
    return std::optional<PeerAnswer>{};
  };
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat", 3));
  std::atomic<bool> over = false;
  // Whoever reads is let through; opening without waiting lets this end when nobody reads any more.
  std::thread opener{[&] {
    while (!over) {
      const int fd = ::open(gate.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      if (fd >= 0) ::close(fd);
      std::this_thread::yield();
    }
  }};
  const auto code = bench.finish();
  over = true;
  opener.join();
  CHECK(code == ExitCode::ok);
  CHECK(most == 3);
  CHECK(bench.daemon.lease_max_seen == 3);
  for (std::uint64_t id = 1; id <= 5; ++id) CHECK(bench.daemon.job(id).status == "COMPLETED");
}

TEST_CASE("a stop lets running jobs finish and leases no more", "[cli][worker]") {
  const Gate gate;
  Bench bench{"read x < " + gate.path + "; echo 1"};
  bench.daemon.add("1");
  bench.daemon.add("2");
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat"));
  bench.stop.request(30s);
  gate.open();
  CHECK(bench.finish() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
  CHECK(bench.daemon.job(2).leases == 0);
}

TEST_CASE("what runs longer than the stop's grace is killed and released", "[cli][worker]") {
  Bench bench{endless + " & wait"};
  bench.daemon.add("1");
  bench.start();
  REQUIRE(bench.daemon.peer().saw("/heartbeat"));
  bench.stop.request(0s);
  CHECK(bench.finish() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "PENDING");
  CHECK(bench.daemon.job(1).reports == 1);
}

TEST_CASE("a command that cannot be started ends the worker and gives the job back", "[cli][worker]") {
  Bench bench{""};
  bench.options.program = "/nonexistent";
  bench.daemon.add("1");
  CHECK(bench.run() == ExitCode::local);
  CHECK(bench.daemon.job(1).status == "PENDING");
}

TEST_CASE("a lease that is refused ends the worker", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.interfere = [&](const PeerRequest&) {
    return std::optional{problem(422, "invalid", "worker: too long")};
  };
  CHECK(bench.run() == ExitCode::refused);
}

TEST_CASE("draining waits for what is held, and for what others run", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.add("1");
  bench.daemon.held = 1;
  bool started = false;
  bench.daemon.interfere = [&](const PeerRequest& request) {
    if (request.target.find("status") != std::string::npos && std::exchange(started, true)) bench.daemon.held = 0;
    return std::optional<PeerAnswer>{};
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(started);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
}

TEST_CASE("draining does not wait for parked jobs", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.add("1");
  bench.daemon.held = bench.daemon.parked = 2;
  SECTION("of any type") {}
  SECTION("of its types") {
    bench.options.ask.types = {"t"};
    bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
      if (request.target.find("/api/v1/jobs?status=") == std::string::npos) return std::nullopt;
      if (request.target.find("PAUSED") == std::string::npos) return success(R"({"jobs":[],"next_cursor":null})");
      return success(R"({"jobs":[{"id":8,"pause_reason":"parked: by command 7"}],"next_cursor":null})");
    };
  }
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(1).status == "COMPLETED");
}

TEST_CASE("draining waits for the end of a plan, behind whose jobs others may be", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.add("1");
  int looks = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (request.target != "/api/v1/commands?limit=1000") return std::nullopt;
    ++looks;
    if (looks == 3) bench.daemon.add("2");  // it comes into sight
    const auto state = looks <= 3 ? "running" : "done";
    return success(fmt::format(R"({{"commands":[{{"id":4,"kind":"retry","state":"done"}},)"
                               R"({{"id":3,"kind":"plan","state":"{}"}},)"
                               R"({{"id":2,"kind":"plan","state":"stopped"}}],"next_cursor":null}})",
                               state));
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(bench.daemon.job(2).status == "COMPLETED");
}

TEST_CASE("draining waits while a canary or a ramp lets no more jobs go", "[cli][worker]") {
  Bench bench{"true"};
  bench.daemon.add("1");
  int looks = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (request.target != "/api/v1/queue-management/status" || ++looks > 4) return std::nullopt;
    if (looks == 4) bench.daemon.add("2");  // its turn has come
    return success(R"({"job_counts":{"PENDING":3,"scheduled":2,"PROCESSING":0,"PAUSED":0,"parked":0},)"
                   R"("rollout":{"state":"ramp"}})");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(looks > 4);
  CHECK(bench.daemon.job(2).status == "COMPLETED");
}

TEST_CASE("a worker that waits says what holds the campaigns and the command that ends it", "[cli][worker]") {
  Bench bench{"true"};
  bench.options.drain = false;
  bench.daemon.paused_campaigns = 1;
  bench.daemon.holds =
      R"([{"kind":"circuit","service":"apollo","cause":"Paused: 429","principal":"ada","placed_at":"2026-11-23T10:00:00.000000Z"}])";
  bench.start();
  CHECK(
      bench.said.wait_for("campaigns are held by the circuit since 2026-11-23T10:00:00.000000Z: Paused: 429 (ada); to "
                          "resume them: breakerctl resume-queue"));
  bench.stop.request(0s);
  CHECK(bench.finish() == ExitCode::ok);
}

TEST_CASE("a worker says how a paused queue goes on, and what it waits for after the close", "[cli][worker]") {
  Bench bench{"true"};
  bench.options.drain = false;
  bench.daemon.paused = true;
  bench.daemon.paused_campaigns = 1;
  bench.daemon.interfere = [&](const PeerRequest&) {
    if (bench.said.text().find("breakerctl close --epoch 7 --reason TEXT") != std::string::npos)
      bench.daemon.paused = false;
    return std::optional<PeerAnswer>{};
  };
  bench.start();
  CHECK(bench.said.wait_for("\"event\":\"paused\""));
  CHECK(bench.said.wait_for("\"event\":\"held\""));
  CHECK(bench.logged("campaigns are paused by hand"));
  bench.stop.request(0s);
  CHECK(bench.finish() == ExitCode::ok);
}

TEST_CASE("a worker that found nothing waits for jobs at the daemon, and one that drains the queue does not",
          "[cli][worker]") {
  Bench bench{"true"};
  bench.options.wait_most = 1'234ms;
  bool drains = false;
  SECTION("it waits") { bench.options.drain = false; }
  SECTION("it drains") { drains = true; }
  std::vector<std::uint64_t> waits;
  bench.daemon.interfere = [&](const PeerRequest& request) {
    if (request.target == "/api/v1/leases") waits.push_back(number_at(Json::parse(request.body), "wait_ms"));
    if (waits.size() == 3 && !drains) bench.stop.request(0s);
    return std::optional<PeerAnswer>{};
  };
  CHECK(bench.run() == ExitCode::ok);
  REQUIRE(waits.size() >= 2);
  CHECK(waits.at(0) == 0);
  for (std::size_t i = 1; i < waits.size(); ++i) CHECK(waits.at(i) == (drains ? 0 : 1'234));
}

TEST_CASE("a stop ends the wait of a worker for a job", "[cli][worker]") {
  Bench bench{"true"};
  bench.options.drain = false;
  bench.options.wait_most = 60s;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (request.target != "/api/v1/leases" || number_at(Json::parse(request.body), "wait_ms") == 0) return std::nullopt;
    bench.stop.request(0s);
    return drop();
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK_FALSE(bench.logged("unreachable"));
}

TEST_CASE("when too many leases wait a worker looks for jobs without a wait", "[cli][worker]") {
  Bench bench{"true"};
  bench.options.drain = false;
  unsigned refused = 0;
  bench.daemon.interfere = [&](const PeerRequest& request) -> std::optional<PeerAnswer> {
    if (request.target != "/api/v1/leases" || number_at(Json::parse(request.body), "wait_ms") == 0) return std::nullopt;
    if (++refused == 2) bench.stop.request(0s);
    return problem(503, "too_many_waiters", "as many leases wait for jobs as may");
  };
  CHECK(bench.run() == ExitCode::ok);
  CHECK(refused == 2);
  CHECK_FALSE(bench.logged("unreachable"));
}
