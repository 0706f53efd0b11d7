// What status shows beside the circuit.

#include "tests/http/ctl/desk.hpp"

using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("status says how many jobs are held by workers, and nothing when none is", "[cli][commands]") {
  const std::string state = R"({"circuit_breaker":{"state":"open","epoch":1},"job_counts":{"PAUSED":12})";
  Desk busy{success(state + R"(,"in_flight":3})")};
  CHECK_THAT(busy({"status"}).out, ContainsSubstring("in flight    3 held by workers now\n"));
  Desk idle{success(state + R"(,"in_flight":0})")};
  CHECK_THAT(idle({"status"}).out, !ContainsSubstring("in flight"));
}

TEST_CASE("status says what an open circuit does with jobs in flight", "[cli][commands]") {
  const auto shown = [](const std::string& circuit) {
    Desk desk{success(R"({"circuit_breaker":)" + circuit + "}")};
    return desk({"status"}).out;
  };
  CHECK_THAT(shown(R"({"state":"open","epoch":1,"in_flight":"finish"})"), ContainsSubstring("  in flight   finish\n"));
  CHECK_THAT(shown(R"({"state":"closed","epoch":1})"), !ContainsSubstring("in flight"));
}

TEST_CASE("status says that reads met damage, and how to see all of it", "[cli][commands]") {
  const std::string state = R"({"circuit_breaker":{"state":"closed","epoch":0},"job_counts":{})";
  Desk hurt{
      success(state + R"(,"damaged_reads":{"count":2,"last":"event 4 is missing","last_at":"2026-11-28T22:00:00Z"}})")};
  CHECK_THAT(hurt({"status"}).out, ContainsSubstring("damage       2 reads met damage in the data directory\n") &&
                                       ContainsSubstring("event 4 is missing") &&
                                       ContainsSubstring("breakerctl verify --data-dir DIR"));
  Desk whole{success(state + R"(,"damaged_reads":{"count":0}})")};
  CHECK_THAT(whole({"status"}).out, !ContainsSubstring("damage"));
}
