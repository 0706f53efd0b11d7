// Work in hand, as status shows it.

#include "tests/cli/desk.hpp"

using namespace breakerd::cli;
using namespace breakerd::cli::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("status says how many jobs are held by workers, and nothing when none is", "[cli][commands]") {
  const std::string state = R"({"circuit_breaker":{"state":"open","epoch":1},"job_counts":{"PAUSED":12})";
  Desk busy{success(state + R"(,"in_flight":3})")};
  CHECK_THAT(busy({"status"}).out, ContainsSubstring("in flight    3 held by workers now\n"));
  Desk idle{success(state + R"(,"in_flight":0})")};
  CHECK_THAT(idle({"status"}).out, !ContainsSubstring("in flight"));
}
