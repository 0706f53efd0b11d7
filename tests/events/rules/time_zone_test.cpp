#include <breakerd/events/rules/time_zone.hpp>

#include <string>
#include <vector>

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/zone_database.hpp>
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono;

namespace {

Time utc(const std::string& text) { return parse_rfc3339(text + ":00Z").value(); }

/// "2026-03-29T01:00 .. 2026-10-25T01:00 +120", the last in minutes.
std::string span_of(const std::string& rule, const std::string& at) {
  const auto parsed = parse_posix_rule(rule);
  if (!parsed) return "none";
  const ZoneSpan span = parsed->span_at(utc(at));
  return to_rfc3339(span.begin).substr(0, 16) + " .. " + to_rfc3339(span.end).substr(0, 16) + " " +
         std::to_string(span.offset / 1min);
}

}  // namespace

TEST_CASE("UTC is there by itself and never changes") {
  CHECK(TimeZone{}.name() == "UTC");
  CHECK(TimeZone{}.span_at(utc("2026-11-30T12:00")) == ZoneSpan{});
  CHECK(must(find_time_zone("UTC")).name() == "UTC");
}

TEST_CASE("the changes of a zone are in order, and the first holds before it") {
  const Time first = utc("2000-01-01T00:00");
  const Time second = utc("2010-01-01T00:00");
  const TimeZone zone{"Test/Zone", {{first, 1h}, {second, 2h}}, std::nullopt};
  CHECK(zone.name() == "Test/Zone");
  CHECK(zone.span_at(first - 1us) == ZoneSpan{Time::min(), second, 1h});
  CHECK(zone.span_at(second - 1us) == ZoneSpan{Time::min(), second, 1h});
  CHECK(zone.span_at(second) == ZoneSpan{second, Time::max(), 2h});
}

TEST_CASE("the rule of a zone holds after its last change") {
  const Time change = utc("2026-05-01T00:00");
  const TimeZone zone{"Test/Zone", {{Time{}, 0h}, {change, 2h}}, parse_posix_rule("CET-1CEST,M3.5.0,M10.5.0/3")};
  CHECK(zone.span_at(change - 1us) == ZoneSpan{Time::min(), change, 0h});
  CHECK(zone.span_at(change) == ZoneSpan{change, utc("2026-10-25T01:00"), 2h});
  CHECK(zone.span_at(utc("2026-10-25T01:00")) == ZoneSpan{utc("2026-10-25T01:00"), utc("2027-03-28T01:00"), 1h});
}

TEST_CASE("a rule gives the spans of each year") {
  const std::string berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
  CHECK(span_of(berlin, "2050-07-01T00:00") == "2050-03-27T01:00 .. 2050-10-30T01:00 120");
  CHECK(span_of(berlin, "2050-03-27T00:59") == "2049-10-31T01:00 .. 2050-03-27T01:00 60");
  CHECK(span_of(berlin, "2050-12-31T23:59") == "2050-10-30T01:00 .. 2051-03-26T01:00 60");
  // The summer of the south goes over the end of the year.
  CHECK(span_of("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2041-01-01T00:00") ==
        "2040-10-06T15:30 .. 2041-04-06T15:00 660");
  // Ireland's winter is the exception.
  CHECK(span_of("IST-1GMT0,M10.5.0,M3.5.0/1", "2050-12-01T00:00") == "2050-10-30T01:00 .. 2051-03-26T01:00 0");
  // Times may be before the day, or days after it.
  CHECK(span_of("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2050-07-01T00:00") == "2050-03-27T01:00 .. 2050-10-30T01:00 -60");
  CHECK(span_of("EET-2EEST,M3.4.4/50,M10.4.4/50", "2050-07-01T00:00") == "2050-03-26T00:00 .. 2050-10-28T23:00 180");
}

TEST_CASE("a rule may name days of the year, with leap days or without") {
  CHECK(span_of("AAA0BBB,J60,J300", "2027-06-01T00:00") == "2027-03-01T02:00 .. 2027-10-27T01:00 60");
  CHECK(span_of("AAA0BBB,J60,J300", "2028-06-01T00:00") == "2028-03-01T02:00 .. 2028-10-27T01:00 60");
  CHECK(span_of("AAA0BBB,J59/0,J300", "2028-06-01T00:00") == "2028-02-28T00:00 .. 2028-10-27T01:00 60");
  CHECK(span_of("AAA0BBB,59,299", "2027-06-01T00:00") == "2027-03-01T02:00 .. 2027-10-27T01:00 60");
  CHECK(span_of("AAA0BBB,59,299", "2028-06-01T00:00") == "2028-02-29T02:00 .. 2028-10-26T01:00 60");
}

TEST_CASE("a summer may last all year") {
  const std::string rule = "EST5EDT,0/0,J365/25";
  for (const char* at : {"2040-01-01T05:00", "2040-07-01T00:00", "2041-01-01T04:59", "2041-01-01T05:00"})
    CHECK(parse_posix_rule(rule)->span_at(utc(at)).offset == -4h);
}

TEST_CASE("a rule without a summer never changes") {
  const auto rule = parse_posix_rule("<+0545>-5:45");
  REQUIRE(rule);
  CHECK(rule->span_at(utc("2050-07-01T00:00")) == ZoneSpan{Time::min(), Time::max(), 5h + 45min});
  CHECK(parse_posix_rule("ABC+1:02:03")->standard == -(1h + 2min + 3s));
}

TEST_CASE("what is not a rule is refused") {
  for (const char* text : {"",
                           "CE-1",
                           "CET",
                           "CET-",
                           "<+01",
                           "CET-25",
                           "CET-1:60",
                           "CET-1CEST",
                           "CET-1C",
                           "CET-1CEST,M3.5.0",
                           "CET-1CEST,M3.5.0,M10.5.0/3x",
                           "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M0.5.0,M10.5.0",
                           "CET-1CEST,M3.6.0,M10.5.0",
                           "CET-1CEST,M3.0.0,M10.5.0",
                           "CET-1CEST,M3.5.7,M10.5.0",
                           "CET-1CEST,M3.5,M10.5.0",
                           "CET-1CEST,M3.5.0/168,M10.5.0",
                           "CET-1CEST,J0,J300",
                           "CET-1CEST,366,300",
                           "CET-1CEST,M3.5.0/,M10.5.0"}) {
    INFO(text);
    CHECK(!parse_posix_rule(text));
  }
}

TEST_CASE("a zone is found by its name, as it is spelled") {
  const TimeZone berlin = must(find_time_zone("Europe/Berlin"));
  CHECK(berlin.name() == "Europe/Berlin");
  CHECK(berlin.span_at(utc("2026-07-01T00:00")) == ZoneSpan{utc("2026-03-29T01:00"), utc("2026-10-25T01:00"), 2h});
  CHECK(must(find_time_zone("Etc/GMT+12")).span_at(Time{}).offset == -12h);
  CHECK(must(find_time_zone("Asia/Kathmandu")).span_at(utc("2026-07-01T00:00")).offset == 5h + 45min);
}

TEST_CASE("a zone that is not there is refused by its name") {
  const Error error = error_of(find_time_zone("Mars/Base"));
  CHECK(error.code == ErrorCode::invalid);
  CHECK(error.detail == "unknown time zone \"Mars/Base\"");
  CHECK(error.fields.at(0).field == "time_zone");
  for (const char* name : {"europe/berlin", "Europe", "Europe/", "localtime", "Factory", "posix/Europe/Berlin", "utc",
                           "tzdata", "Europe//Berlin"}) {
    INFO(name);
    CHECK(error_of(find_time_zone(name)).detail == "unknown time zone \"" + std::string{name} + "\"");
  }
}

TEST_CASE("what cannot be the name of a zone is not looked for") {
  for (const std::string& name : std::vector<std::string>{"", "/etc/passwd", "../UTC", "Europe/Berlin ", "a\nb",
                                                          std::string(limits::time_zone_bytes_max + 1, 'a')})
    CHECK(error_of(find_time_zone(name)).detail == "time_zone: expected the name of a zone");
}
