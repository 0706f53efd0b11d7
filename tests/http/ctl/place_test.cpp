// Places in the log as people write them.

#include <breakerd/http/ctl/text/place.hpp>

#include <ctime>

#include "tests/http/ctl/desk.hpp"

using namespace breakerd;
using namespace breakerd::ctl;
using namespace breakerd::ctl::test;

namespace {

/// Central Europe by its rule, so that no database of zones is needed.
struct CentralEurope {
  Variable zone{"TZ", "CET-1CEST,M3.5.0,M10.5.0/3"};
  CentralEurope() { ::tzset(); }
};

const Time now = *parse_rfc3339("2026-11-28T13:30:00Z");  // 14:30 there

std::string time_of(const std::string& text) {
  const auto place = parse_place("--since", text, now);
  return place && place->time ? to_rfc3339(*place->time) : std::string{"none"};
}

}  // namespace

TEST_CASE("digits are a sequence number", "[cli][place]") {
  CHECK(parse_place("--since", "4711", now)->seq == 4711);
  CHECK(parse_place("--since", "0", now)->seq == 0);
  CHECK(parse_place("--since", "18446744073709551615", now)->seq == ~Seq{0});
  CHECK(parse_place("--since", "18446744073709551616", now).has_error());
}

TEST_CASE("a time may be RFC 3339, local, or so long ago", "[cli][place]") {
  const CentralEurope there;
  const std::pair<std::string, std::string> cases[] = {
      {"2026-11-23T22:14:05Z", "2026-11-23T22:14:05.000000Z"},
      {"2026-11-23T22:14:05.25+01:00", "2026-11-23T21:14:05.250000Z"},
      {"2026-11-23", "2026-11-22T23:00:00.000000Z"},
      {"2026-07-01", "2026-06-30T22:00:00.000000Z"},  // summer time
      {"2026-11-23 22:14", "2026-11-23T21:14:00.000000Z"},
      {"2026-11-23T22:14:05", "2026-11-23T21:14:05.000000Z"},
      {"14:02", "2026-11-28T13:02:00.000000Z"},
      {"14:30", "2026-11-28T13:30:00.000000Z"},
      {"14:31", "2026-11-27T13:31:00.000000Z"},  // not yet today
      {"9:05:07", "2026-11-28T08:05:07.000000Z"},
      {"2h ago", "2026-11-28T11:30:00.000000Z"},
      {"90 min ago", "2026-11-28T12:00:00.000000Z"},
      {"1d 12h ago", "2026-11-27T01:30:00.000000Z"},
      {"1 week 1 second ago", "2026-11-21T13:29:59.000000Z"},
      {"now", "2026-11-28T13:30:00.000000Z"},
      {"today", "2026-11-27T23:00:00.000000Z"},
      {"yesterday", "2026-11-26T23:00:00.000000Z"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(time_of(text) == expected);
  }
}

TEST_CASE("what is no place is refused by the option's name", "[cli][place]") {
  const CentralEurope there;
  for (const char* text :
       {"", " ", "-1", "+1", "24:00", "14:60", "14:5", "14:02x", "2026-02-30", "2026-13-01", "2026-11-23 ",
        "1969-01-01", "h ago", "2 ago", "2h", "2x ago", "999999999w ago", "tomorrow"}) {
    CAPTURE(text);
    const auto place = parse_place("--until", text, now);
    REQUIRE(place.has_error());
    CHECK(place.error().kind == ErrorKind::usage);
    CHECK(place.error().detail.find("--until") == 0);
  }
}
