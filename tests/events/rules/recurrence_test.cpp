#include <breakerd/events/rules/recurrence.hpp>

#include <string>
#include <vector>

#include <breakerd/events/rules/zone_database.hpp>
#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono;

namespace {

/// "2026-03-29T01:00" is of UTC.
Time utc(const std::string& text) { return parse_rfc3339(text + ":00Z").value(); }

/// The next ones after `after`, in UTC.
std::vector<std::string> next_of(const std::string& zone, const std::string& cron, const std::string& after,
                                 int count) {
  const CronRule rule{must(parse_cron(cron)), must(find_time_zone(zone))};
  std::vector<std::string> all;
  Time time = utc(after);
  for (int i = 0; i < count; ++i) {
    const auto next = next_time(rule, time);
    if (!next) break;
    CHECK(*next > time);
    time = *next;
    all.push_back(to_rfc3339(time).substr(0, 16));
  }
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a time that a gap skips comes once, at the end of the gap") {
  // Berlin goes from 02:00 to 03:00 on 2026-03-29 at 01:00 UTC.
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2026-03-28T00:00", 3) ==
        Texts{"2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30"});
  CHECK(next_of("Europe/Berlin", "30 2 29 3 *", "2026-01-01T00:00", 2) ==
        Texts{"2026-03-29T01:00", "2027-03-29T00:30"});
  // New York goes from 02:00 to 03:00 on 2026-03-08 at 07:00 UTC.
  CHECK(next_of("America/New_York", "15 2 * * *", "2026-03-07T12:00", 2) ==
        Texts{"2026-03-08T07:00", "2026-03-09T06:15"});
}

TEST_CASE("all times that one gap skips come together, with one that lies at its end") {
  CHECK(next_of("Europe/Berlin", "0,30 2 * * *", "2026-03-28T12:00", 3) ==
        Texts{"2026-03-29T01:00", "2026-03-30T00:00", "2026-03-30T00:30"});
  CHECK(next_of("Europe/Berlin", "0 2,3 * * *", "2026-03-28T12:00", 3) ==
        Texts{"2026-03-29T01:00", "2026-03-30T00:00", "2026-03-30T01:00"});
  CHECK(next_of("Europe/Berlin", "* 2 * * *", "2026-03-28T12:00", 2) == Texts{"2026-03-29T01:00", "2026-03-30T00:00"});
  CHECK(next_of("Europe/Berlin", "30 2-4 * * *", "2026-03-28T12:00", 3) ==
        Texts{"2026-03-29T01:00", "2026-03-29T01:30", "2026-03-29T02:30"});
}

TEST_CASE("a time that is there twice comes at the first") {
  // Berlin goes from 03:00 to 02:00 on 2026-10-25 at 01:00 UTC.
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00", 2) == Texts{"2026-10-25T00:30", "2026-10-26T01:30"});
  CHECK(next_of("Europe/Berlin", "*/30 2 * * *", "2026-10-24T12:00", 3) ==
        Texts{"2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"});
  CHECK(next_of("Europe/Berlin", "0 3 * * *", "2026-10-24T12:00", 1) == Texts{"2026-10-25T02:00"});
  // New York goes from 02:00 to 01:00 on 2026-11-01 at 06:00 UTC.
  CHECK(next_of("America/New_York", "30 1 * * *", "2026-10-31T12:00", 2) ==
        Texts{"2026-11-01T05:30", "2026-11-02T06:30"});
}

TEST_CASE("asked in the second of two equal hours, a time of the first is over") {
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2026-10-25T01:00", 1) == Texts{"2026-10-26T01:30"});
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2026-10-25T01:10", 1) == Texts{"2026-10-26T01:30"});
  CHECK(next_of("Europe/Berlin", "0 3 * * *", "2026-10-25T01:10", 1) == Texts{"2026-10-25T02:00"});
}

TEST_CASE("an expression that names no hour goes on through an hour that is there twice") {
  CHECK(next_of("Europe/Berlin", "30 * * * *", "2026-10-24T23:00", 4) ==
        Texts{"2026-10-24T23:30", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"});
  CHECK(next_of("Europe/Berlin", "*/20 0-23 * * *", "2026-10-25T00:50", 4) ==
        Texts{"2026-10-25T01:00", "2026-10-25T01:20", "2026-10-25T01:40", "2026-10-25T02:00"});
}

TEST_CASE("an expression that names no hour has none to make up for after a gap") {
  CHECK(next_of("Europe/Berlin", "*/15 * * * *", "2026-03-29T00:30", 3) ==
        Texts{"2026-03-29T00:45", "2026-03-29T01:00", "2026-03-29T01:15"});
  CHECK(next_of("Europe/Berlin", "30 * * * *", "2026-03-29T00:00", 2) == Texts{"2026-03-29T00:30", "2026-03-29T01:30"});
}

TEST_CASE("a clock may be set by half an hour") {
  // Lord Howe goes from 02:00 to 01:30 on 2026-04-05 at 15:00 UTC of the 4th, from 02:00 to 02:30 on 2026-10-04 at
  // 15:30.
  const std::string zone = "Australia/Lord_Howe";
  CHECK(next_of(zone, "45 1 * * *", "2026-04-04T00:00", 2) == Texts{"2026-04-04T14:45", "2026-04-05T15:15"});
  CHECK(next_of(zone, "45 * * * *", "2026-04-04T14:00", 3) ==
        Texts{"2026-04-04T14:45", "2026-04-04T15:15", "2026-04-04T16:15"});
  CHECK(next_of(zone, "15 2 * * *", "2026-10-03T00:00", 2) == Texts{"2026-10-03T15:30", "2026-10-04T15:15"});
  CHECK(next_of(zone, "0 * * * *", "2026-10-03T14:00", 2) == Texts{"2026-10-03T14:30", "2026-10-03T16:00"});
}

TEST_CASE("a day may begin with a gap, or end twice") {
  // São Paulo went from 00:00 to 01:00 on 2018-11-04 at 03:00 UTC, and from 00:00 to 23:00 on 2018-02-18 at 02:00.
  const std::string zone = "America/Sao_Paulo";
  CHECK(next_of(zone, "0 0 * * *", "2018-11-03T12:00", 2) == Texts{"2018-11-04T03:00", "2018-11-05T02:00"});
  CHECK(next_of(zone, "0 */12 * * *", "2018-11-03T12:00", 3) ==
        Texts{"2018-11-03T15:00", "2018-11-04T03:00", "2018-11-04T14:00"});
  CHECK(next_of(zone, "30 23 * * *", "2018-02-17T12:00", 2) == Texts{"2018-02-18T01:30", "2018-02-19T02:30"});
  CHECK(next_of(zone, "0 0 18 2 *", "2018-02-17T12:00", 1) == Texts{"2018-02-18T03:00"});
}

TEST_CASE("a whole day may be skipped") {
  // In Apia 2011-12-30 was not: from the end of the 29th to the 31st at 10:00 UTC of the 30th.
  const std::string zone = "Pacific/Apia";
  CHECK(next_of(zone, "0 12 * * *", "2011-12-29T00:00", 3) ==
        Texts{"2011-12-29T22:00", "2011-12-30T10:00", "2011-12-30T22:00"});
  CHECK(next_of(zone, "0 12 30 12 *", "2011-12-01T00:00", 2) == Texts{"2011-12-30T10:00", "2012-12-29T22:00"});
  CHECK(next_of(zone, "0 */6 30 12 *", "2011-12-01T00:00", 2) == Texts{"2011-12-30T10:00", "2012-12-29T10:00"});
  CHECK(next_of(zone, "0 * 30 12 *", "2011-12-01T00:00", 1) == Texts{"2012-12-29T10:00"});
  CHECK(next_of(zone, "0 0 31 12 *", "2011-12-01T00:00", 1) == Texts{"2011-12-30T10:00"});
}

TEST_CASE("the rules of the clock hold after the changes that the database lists") {
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2050-03-26T12:00", 2) == Texts{"2050-03-27T01:00", "2050-03-28T00:30"});
  CHECK(next_of("Europe/Berlin", "30 2 * * *", "2050-10-29T12:00", 2) == Texts{"2050-10-30T00:30", "2050-10-31T01:30"});
  CHECK(next_of("America/New_York", "0 12 29 2 *", "2096-03-01T00:00", 1) == Texts{"2104-02-29T17:00"});
  CHECK(next_of("Europe/Dublin", "0 12 * * *", "2090-07-01T00:00", 1) == Texts{"2090-07-01T11:00"});
}

TEST_CASE("a rare one is found in a zone that changes often") {
  CHECK(next_of("Africa/Casablanca", "* * 29 2 */7", "2090-01-01T00:00", 2) ==
        Texts{"2128-02-28T23:00", "2128-02-28T23:01"});
  CHECK(next_of("Europe/Berlin", "0 0 29 2 */7", "2088-03-01T00:00", 1) == Texts{"2128-02-28T23:00"});
  CHECK(next_of("Europe/Berlin", "59 * 29 2 */7", "2088-03-01T00:00", 1) == Texts{"2128-02-28T23:59"});
}

TEST_CASE("the next time is later than the one that is asked about, by a microsecond at least") {
  const CronRule rule{must(parse_cron("* * * * *")), {}};
  const Time noon = utc("2026-11-30T12:00");
  CHECK(next_time(rule, noon) == noon + 1min);
  CHECK(next_time(rule, noon - 1us) == noon);
  CHECK(next_time(rule, noon + 1us) == noon + 1min);
  CHECK(next_time(rule, noon + 59'999'999us) == noon + 1min);
}

TEST_CASE("times are of the years 1970 to 9999") {
  const CronRule minutely{must(parse_cron("* * * * *")), {}};
  const CronRule daily{must(parse_cron("0 0 * * *")), must(find_time_zone("America/New_York"))};
  for (const CronRule& rule : {minutely, daily}) {
    CHECK(!next_time(rule, Time::max()));
    CHECK(!next_time(rule, recurrence_end));
    CHECK(next_time(rule, Time::min()) >= Time{});
    CHECK(next_time(rule, Time::min()) == next_time(rule, Time{} - 1us));
  }
  CHECK(next_time(minutely, Time::min()) == Time{});
  CHECK(next_time(minutely, utc("9999-12-31T23:58")) == utc("9999-12-31T23:59"));
  CHECK(!next_time(minutely, utc("9999-12-31T23:59")));
  CHECK(next_time(daily, utc("9999-12-31T04:59")) == utc("9999-12-31T05:00"));
  CHECK(!next_time(daily, utc("9999-12-31T05:00")));
  // New York's last evening is of the year 10000 in UTC.
  const CronRule evening{must(parse_cron("0 22 * * *")), must(find_time_zone("America/New_York"))};
  CHECK(!next_time(evening, utc("9999-12-31T12:00")));
}

TEST_CASE("an interval comes at its anchor and each interval before and after it") {
  const Time anchor = utc("2026-11-30T12:00") + 123us;
  const IntervalRule rule = must(make_interval(1'500ms, anchor));
  CHECK(next_time(rule, anchor - 365 * 24h) == anchor - 365 * 24h + 1'500ms);  // which has whole ones
  CHECK(next_time(rule, anchor - 3s - 1us) == anchor - 3s);
  CHECK(next_time(rule, anchor - 1'500ms) == anchor);
  CHECK(next_time(rule, anchor - 1us) == anchor);
  CHECK(next_time(rule, anchor) == anchor + 1'500ms);
  CHECK(next_time(rule, anchor + 1us) == anchor + 1'500ms);
  CHECK(next_time(rule, anchor + 1'500ms - 1us) == anchor + 1'500ms);
  CHECK(next_time(rule, anchor + 1'500ms) == anchor + 3s);
  // A thousand years later it is in step still.
  const Time later = anchor + 365'250 * 24h + 700ms;
  const auto next = next_time(rule, later);
  REQUIRE(next);
  CHECK(*next > later);
  CHECK(*next - later <= 1'500ms);
  CHECK((*next - anchor) % 1'500ms == 0us);
}

TEST_CASE("an interval ends with the year 9999") {
  const IntervalRule rule = must(make_interval(1ms, Time{}));
  CHECK(next_time(rule, Time::min()) == Time{});
  CHECK(next_time(rule, recurrence_end - 1ms) == recurrence_end - 999us);
  CHECK(!next_time(rule, recurrence_end - 999us));
  CHECK(!next_time(rule, Time::max()));
  const IntervalRule longest = must(make_interval(interval_max, recurrence_end));
  CHECK(next_time(longest, recurrence_end - interval_max) == recurrence_end);
  CHECK(must(make_interval(1h, Time{} + 90min)).anchor == Time{} + 90min);
  CHECK(next_time(must(make_interval(1h, Time{} + 90min)), Time::min()) == Time{} + 30min);
  CHECK(!next_time(longest, recurrence_end));
}

TEST_CASE("an interval is bounded, and so is its anchor") {
  CHECK(error_of(make_interval(0ms, Time{})).detail == "every_ms: expected 1 to 316224000000");
  CHECK(refusal(make_interval(-1ms, Time{})) == ErrorCode::invalid);
  CHECK(refusal(make_interval(interval_max + 1ms, Time{})) == ErrorCode::invalid);
  CHECK(error_of(make_interval(1ms, Time{} - 1us)).fields.at(0).field == "anchor");
  CHECK(refusal(make_interval(1ms, recurrence_end + 1us)) == ErrorCode::invalid);
}

TEST_CASE("either kind is a recurrence") {
  const Time noon = utc("2026-11-30T12:00");
  CHECK(next_time(Recurrence{must(make_interval(10s, noon))}, noon) == noon + 10s);
  CHECK(next_time(Recurrence{CronRule{must(parse_cron("@hourly")), {}}}, noon) == noon + 1h);
}
