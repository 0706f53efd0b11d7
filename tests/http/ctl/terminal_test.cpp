// What a terminal adds, and that nothing else gets it.

#include <breakerd/http/ctl/text/terminal.hpp>

#include <ctime>

#include <breakerd/http/ctl/text/table.hpp>
#include "tests/http/ctl/desk.hpp"
#include "tests/support/manual_clock.hpp"

using namespace breakerd;
using namespace breakerd::ctl;
using namespace breakerd::ctl::test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string moment = "2026-11-23T22:14:05.000042Z";
const Time now = *parse_rfc3339("2026-11-23T22:17:10Z");

struct CentralEurope {
  Variable zone{"TZ", "CET-1CEST,M3.5.0,M10.5.0/3"};
  CentralEurope() { ::tzset(); }
};

}  // namespace

TEST_CASE("without a terminal text and times are as the daemon says them", "[cli][terminal]") {
  const Terminal none;
  CHECK(none.paint(Tone::bad, "x") == "x");
  CHECK(none.paint_status("OPEN") == "OPEN");
  CHECK(none.time(moment) == moment);
  CHECK(none.time_and_age(moment) == moment);
}

TEST_CASE("a terminal gets local times with their zone, and ages", "[cli][terminal]") {
  const CentralEurope there;
  const Terminal plain{false, now};
  CHECK(plain.time(moment) == "2026-11-23 23:14:05 CET");
  CHECK(plain.time_and_age(moment) == "2026-11-23 23:14:05 CET (3m 4s ago)");
  CHECK(plain.time("2026-07-01T00:00:00Z") == "2026-07-01 02:00:00 CEST");
  CHECK(plain.time_and_age("2026-11-23T23:17:10Z") == "2026-11-24 00:17:10 CET (in 1h)");
  CHECK(plain.time("-") == "-");
  CHECK(plain.paint_status("OPEN") == "OPEN");
}

TEST_CASE("colour is for terminals that take it and people who want it", "[cli][terminal]") {
  CHECK(Terminal(true, now).paint_status("OPEN") == "\x1b[1;31mOPEN\x1b[0m");
  CHECK(Terminal(true, now).paint_status("PENDING") == "PENDING");
  const auto coloured = [] { return Terminal::of_environment(true, now).paint(Tone::good, "x") != "x"; };
  {
    const Variable kind{"TERM", "xterm"};
    CHECK(coloured());
    const Variable refused{"NO_COLOR", "1"};
    CHECK_FALSE(coloured());
    CHECK(Terminal::of_environment(true, now).is_terminal());
  }
  {
    const Variable kind{"TERM", "xterm"};
    const Variable empty{"NO_COLOR", ""};
    CHECK(coloured());
  }
  const Variable kind{"TERM", "dumb"};
  CHECK_FALSE(coloured());
  CHECK_FALSE(Terminal::of_environment(false, now).is_terminal());
}

TEST_CASE("lengths of time are told in their two largest units", "[cli][terminal]") {
  CHECK(duration_text(-1s) == "0s");
  CHECK(duration_text(999ms) == "0s");
  CHECK(duration_text(59s) == "59s");
  CHECK(duration_text(60s) == "1m");
  CHECK(duration_text(3h + 5s) == "3h");
  CHECK(duration_text(3h + 5min) == "3h 5m");
  CHECK(duration_text(49h) == "2d 1h");
}

TEST_CASE("colour takes no room in a table", "[cli][terminal]") {
  Table table{{"ID", "STATUS", "NAME"}};
  table.add({"1", "FAILED", "a"});
  table.add({"2", "RUNNING", ""});
  CHECK(table.to_string() == "ID  STATUS   NAME\n1   FAILED   a\n2   RUNNING\n");
  CHECK(table.to_string(Terminal{true, now}) ==
        "\x1b[1mID\x1b[0m  \x1b[1mSTATUS\x1b[0m   \x1b[1mNAME\x1b[0m\n1   \x1b[1;31mFAILED\x1b[0m   a\n"
        "2   \x1b[32mRUNNING\x1b[0m\n");
}

TEST_CASE("on a terminal status is coloured and tells ages; with --json it is as the daemon says it",
          "[cli][terminal]") {
  const CentralEurope there;
  const std::string data =
      R"({"circuit_breaker":{"state":"open","opened_at":"2026-11-23T10:00:00.000000Z","epoch":3,"metadata":{}}})";
  const Desk desk{success(data)};
  const breakerd::test::ManualClock clock{now};
  const auto shown = at_terminal({"--address", desk.peer.url(), "status"}, {&clock}).out;
  CHECK_THAT(shown, ContainsSubstring("\x1b[1;31mOPEN\x1b[0m since 2026-11-23 11:00:00 CET"));
  CHECK_THAT(shown, ContainsSubstring("(12h 17m ago)"));
  CHECK(at_terminal({"--address", desk.peer.url(), "status", "--json"}).out == data + "\n");
}
