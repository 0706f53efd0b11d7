// File descriptors: what the process may have, and what becomes of clients when none is free.

#include <breakerd/http/daemon/descriptors.hpp>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sstream>
#include <vector>

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using breakerd::test::must;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string job = R"({"job_type":"enrich"})";

/// Lowers the soft limit of open files for the length of a test.
class LoweredLimit {
 public:
  explicit LoweredLimit(rlim_t soft) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{soft, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~LoweredLimit() { setrlimit(RLIMIT_NOFILE, &before_); }
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;

  [[nodiscard]] std::size_t hard() const { return static_cast<std::size_t>(before_.rlim_max); }

 private:
  rlimit before_{};
};

/// Takes every descriptor there is.
class Hoard {
 public:
  Hoard() {
    for (int taken = dup(STDERR_FILENO); taken >= 0; taken = dup(STDERR_FILENO)) taken_.push_back(taken);
  }
  ~Hoard() {
    while (!taken_.empty()) release_one();
  }
  Hoard(const Hoard&) = delete;
  Hoard& operator=(const Hoard&) = delete;

  void release_one() {
    close(taken_.back());
    taken_.pop_back();
  }

 private:
  std::vector<int> taken_;
};

/// What is logged, for the length of a test that has no other threads at its beginning and end.
class LoggedLines {
 public:
  LoggedLines() : before_{spdlog::default_logger()} {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)));
    // UBSan looks at a type when it is first used, and needs descriptors for that.
    spdlog::info("begin");
  }
  ~LoggedLines() { spdlog::set_default_logger(before_); }
  LoggedLines(const LoggedLines&) = delete;
  LoggedLines& operator=(const LoggedLines&) = delete;

  [[nodiscard]] int count(std::string_view text) const {
    const std::string all = lines_.str();
    int found = 0;
    for (std::size_t at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++found;
    return found;
  }

 private:
  std::shared_ptr<spdlog::logger> before_;  ///< shared, as spdlog has it
  std::ostringstream lines_;
};

/// How clients fare while no descriptor is free. Nothing is checked meanwhile: the checks would need some.
struct Fare {
  Response newcomer;
  bool newcomer_closed = false;
  Response older;
};
Fare without_descriptors(const TestServer& server, Client& older, std::string_view path, std::string_view body) {
  const LoweredLimit limit{128};
  Hoard hoard;
  hoard.release_one();  // which the newcomer takes, so that the server has none
  Client newcomer{server.port()};
  Fare fare;
  fare.newcomer = newcomer.post(path, body);
  fare.newcomer_closed = newcomer.at_end();
  fare.older = older.post("/api/v1/jobs", job);
  return fare;
}

}  // namespace

TEST_CASE("the soft limit of open files is raised to the hard one") {
  const LoweredLimit limit{256};
  const auto now = http::raise_descriptor_limit();
  REQUIRE(now.has_value());
  CHECK(*now == limit.hard());
  rlimit found{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &found) == 0);
  CHECK(found.rlim_cur == found.rlim_max);
}

TEST_CASE("connections leave storage its descriptors") {
  const std::size_t reserved = http::descriptors_reserved(64);
  const auto within = [reserved](std::size_t room, http::ConnectionRoom wanted) {
    return must(http::connections_within(reserved + room, reserved, wanted));
  };
  using Room = http::ConnectionRoom;
  CHECK(within(1'000'000, {1'024, 10'000}) == Room{1'024, 10'000});
  CHECK(within(11'024, {1'024, 10'000}) == Room{1'024, 10'000});
  CHECK(within(11'023, {1'024, 10'000}) == Room{1'024, 9'999});
  CHECK(within(1'400, {1'024, 10'000}) == Room{1'024, 376});
  CHECK(within(1'024, {1'024, 10'000}) == Room{768, 256});
  CHECK(within(20, {1'024, 10'000}) == Room{http::connections_min, 4});
  CHECK(within(http::connections_min, {1'024, 10'000}) == Room{http::connections_min, 0});
  CHECK(within(3, {3, 10'000}) == Room{3, 0});
  CHECK(within(4, {3, 10'000}) == Room{3, 1});
}

TEST_CASE("the Unix socket's connections and the operators' above them have descriptors of their own") {
  CHECK(http::descriptors_reserved(64) - http::descriptors_reserved(0) == 64 + http::operator_connections_max);
}

TEST_CASE("a limit without room for a few connections is refused, with what is needed") {
  const std::size_t reserved = http::descriptors_reserved(64);
  for (const std::size_t descriptors : {std::size_t{0}, std::size_t{256}, reserved + http::connections_min - 1}) {
    const auto room = http::connections_within(descriptors, reserved, {1'024, 10'000});
    REQUIRE_FALSE(room.has_value());
    CHECK_THAT(room.error().detail, ContainsSubstring("the limit of open files is " + std::to_string(descriptors)));
    CHECK_THAT(room.error().detail, ContainsSubstring(std::to_string(reserved + http::connections_min)));
  }
}

TEST_CASE("when no descriptor is free only operators' calls of newcomers are answered, and all when there is one") {
  constexpr int times = 4;
  http::HttpLimits limits;
  limits.drain_timeout = std::chrono::milliseconds{20};
  limits.tick = std::chrono::milliseconds{5};
  LoggedLines logged;
  {
    TestServer server{with_limits(limits)};
    Client older{server.port()};
    CHECK(older.post("/api/v1/jobs", job).status == 201);  // UBSan again: all that is used below was used before
    for (int i = 0; i < times; ++i) {
      Client served{server.port()};
      CHECK(served.get("/livez").status == 200);
      const bool is_operator = i % 2 == 1;
      const auto [answer, closed, other] =
          is_operator ? without_descriptors(server, older, "/api/v1/breaker/open", R"({"reason":"drill"})")
                      : without_descriptors(server, older, "/api/v1/jobs", job);
      CHECK(answer.status == (is_operator ? 200 : 503));
      CHECK((is_operator || answer.code() == "too_many_connections"));
      CHECK(closed);
      CHECK(other.status == 201);
    }
    CHECK(Client{server.port()}.get("/livez").status == 200);
  }
  CHECK(logged.count("cannot accept connections") == times);  // however often it was tried
  CHECK(logged.count("connections are accepted again") == times);
}
