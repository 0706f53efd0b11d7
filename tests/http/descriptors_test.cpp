// File descriptors: what the process may have, and what becomes of clients when none is free.

#include "http/descriptors.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using Catch::Matchers::ContainsSubstring;

namespace {

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
  const std::size_t reserved = http::descriptors_reserved();
  CHECK(*http::connections_within(1'000'000, 1'024) == 1'024);
  CHECK(*http::connections_within(reserved + 1'024, 1'024) == 1'024);
  CHECK(*http::connections_within(reserved + 1'023, 1'024) == 1'023);
  CHECK(*http::connections_within(reserved + http::connections_min, 1'024) == http::connections_min);
  CHECK(*http::connections_within(reserved + 3, 3) == 3);
}

TEST_CASE("a limit without room for a few connections is refused, with what is needed") {
  const std::size_t reserved = http::descriptors_reserved();
  for (const std::size_t descriptors : {std::size_t{0}, std::size_t{256}, reserved + http::connections_min - 1}) {
    const auto room = http::connections_within(descriptors, 1'024);
    REQUIRE_FALSE(room.has_value());
    CHECK_THAT(room.error().detail, ContainsSubstring("the limit of open files is " + std::to_string(descriptors)));
    CHECK_THAT(room.error().detail, ContainsSubstring(std::to_string(reserved + http::connections_min)));
  }
}

TEST_CASE("clients that come when no descriptor is free are told so, and served when there is one") {
  http::HttpLimits limits;
  limits.drain_timeout = std::chrono::milliseconds{20};
  limits.tick = std::chrono::milliseconds{5};
  TestServer server{with_limits(limits)};
  Client older{server.port()};
  for (int i = 0; i < 3; ++i) {
    Client served{server.port()};
    CHECK(served.get("/livez").status == 200);
    const LoweredLimit limit{128};
    Hoard hoard;
    hoard.release_one();  // which the next client takes, so that the server has none
    Client refused{server.port()};
    const Response response = refused.receive();
    CHECK(response.status == 503);
    CHECK(response.code() == "too_many_connections");
    CHECK(refused.at_end());
    CHECK(older.post("/api/v1/jobs", R"({"job_type":"enrich"})").status == 201);
  }
}
