#include <breakerd/events/rules/cron.hpp>

#include <string>
#include <utility>
#include <vector>

#include <breakerd/events/model/limits.hpp>

#include "tests/support/results.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono;

namespace {

/// The values whose bits are set, for instance "0 15 30 45".
std::string values(std::uint64_t bits) {
  std::string all;
  for (unsigned value = 0; value < 64; ++value)
    if ((bits >> value & 1) != 0) all += (all.empty() ? "" : " ") + std::to_string(value);
  return all;
}

std::string minutes_of(const std::string& field) { return values(must(parse_cron(field + " * * * *")).minutes); }
std::string months_of(const std::string& field) { return values(must(parse_cron("0 0 * " + field + " *")).months); }
std::string weekdays_of(const std::string& field) { return values(must(parse_cron("0 0 * * " + field)).weekdays); }

/// The detail of the refusal.
std::string refused(const std::string& text) { return error_of(parse_cron(text)).detail; }

std::string text_of(LocalTime time) { return to_rfc3339(Time{time.time_since_epoch()}).substr(0, 16); }
LocalTime local(const std::string& text) { return LocalTime{parse_rfc3339(text + ":00Z").value().time_since_epoch()}; }

/// The first minutes after `from`, as many as `count`, up to the minute or only the day.
std::vector<std::string> first_of(const std::string& cron, const std::string& from, int count,
                                  std::size_t length = 16) {
  std::vector<std::string> all;
  const auto parsed = must(parse_cron(cron));
  auto next = first_from(parsed, local(from));
  for (; next && count > 0; --count) {
    all.push_back(text_of(*next).substr(0, length));
    next = first_from(parsed, *next + microseconds{1});
  }
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a field is a list of values, ranges and steps") {
  CHECK(minutes_of("7") == "7");
  CHECK(minutes_of("007") == "7");
  CHECK(minutes_of("5,1,5,59,0") == "0 1 5 59");
  CHECK(minutes_of("8-11") == "8 9 10 11");
  CHECK(minutes_of("9-9") == "9");
  CHECK(minutes_of("*/15") == "0 15 30 45");
  CHECK(minutes_of("1-30/5") == "1 6 11 16 21 26");
  CHECK(minutes_of("*/60") == "0");
  CHECK(minutes_of("10-12,50-59/4,3") == "3 10 11 12 50 54 58");
  CHECK(minutes_of("*") == minutes_of("0-59"));
  CHECK(minutes_of("*,7") == minutes_of("*"));
  const CronExpression all = must(parse_cron("* * * * *"));
  CHECK(values(all.hours) == values((1ull << 24) - 1));
  CHECK(values(all.days) == values((1ull << 32) - 2));
  CHECK(values(all.months) == values((1ull << 13) - 2));
  CHECK(values(all.weekdays) == "0 1 2 3 4 5 6");
}

TEST_CASE("months and days of the week have names") {
  CHECK(months_of("JAN") == "1");
  CHECK(months_of("feb-Apr,dec") == "2 3 4 12");
  CHECK(months_of("sep-dec/2") == "9 11");
  CHECK(weekdays_of("mon") == "1");
  CHECK(weekdays_of("Mon-FRI") == "1 2 3 4 5");
  CHECK(weekdays_of("tue,thu,sat") == "2 4 6");
}

TEST_CASE("Sunday is 0 and 7, and may end a range") {
  CHECK(weekdays_of("0") == "0");
  CHECK(weekdays_of("7") == "0");
  CHECK(weekdays_of("sun") == "0");
  CHECK(weekdays_of("5-7") == "0 5 6");
  CHECK(weekdays_of("fri-sun") == "0 5 6");
  CHECK(weekdays_of("0-6") == "0 1 2 3 4 5 6");
  CHECK(weekdays_of("0-0") == "0");
  CHECK(weekdays_of("*/7") == "0");
  CHECK(weekdays_of("*/2") == "0 2 4 6");
}

TEST_CASE("blanks divide the fields, as many as there are") {
  CHECK(must(parse_cron(" \t1   2\t3 4  5 ")) == must(parse_cron("1 2 3 4 5")));
}

TEST_CASE("an expression has a short name if it is a common one") {
  const std::vector<std::pair<std::string, std::string>> names{
      {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
      {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {" @Daily ", "0 0 * * *"}};
  for (const auto& [name, fields] : names) {
    INFO(name);
    CHECK(must(parse_cron(name)) == must(parse_cron(fields)));
  }
  CHECK(refused("@reboot") ==
        "cron: expected @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually, got \"@reboot\"");
  CHECK(refused("@daily 1") == "cron: expected five fields: minute hour day-of-month month day-of-week, got 2");
}

TEST_CASE("a refusal names the field, what was expected, and what was there") {
  const std::vector<std::pair<std::string, std::string>> refusals{
      {"60 * * * *", R"(minute: expected 0 to 59, got "60")"},
      {"* 24 * * *", R"(hour: expected 0 to 23, got "24")"},
      {"* * 0 * *", R"(day-of-month: expected 1 to 31, got "0")"},
      {"* * 32 * *", R"(day-of-month: expected 1 to 31, got "32")"},
      {"* * * 0 *", R"(month: expected 1 to 12 or jan to dec, got "0")"},
      {"* * * 13 *", R"(month: expected 1 to 12 or jan to dec, got "13")"},
      {"* * * janu *", R"(month: expected 1 to 12 or jan to dec, got "janu")"},
      {"* * * * 8", R"(day-of-week: expected 0 to 7 or sun to sat, got "8")"},
      {"* * * * jan", R"(day-of-week: expected 0 to 7 or sun to sat, got "jan")"},
      {"mon * * * *", R"(minute: expected 0 to 59, got "mon")"},
      {"1, * * * *", "minute: expected 0 to 59, got nothing"},
      {",1 * * * *", "minute: expected 0 to 59, got nothing"},
      {"1-2-3 * * * *", R"(minute: expected 0 to 59, got "2-3")"},
      {"-1 * * * *", "minute: expected 0 to 59, got nothing"},
      {"*-5 * * * *", R"(minute: expected 0 to 59, got "*")"},
      {"*5 * * * *", R"(minute: expected 0 to 59, got "*5")"},
      {"1000 * * * *", R"(minute: expected 0 to 59, got "1000")"},
      {"99999999999999999999 * * * *", R"(minute: expected 0 to 59, got "99999999999999999999")"},
      {"? * * * *", R"(minute: expected 0 to 59, got "?")"},
      {"* * L * *", R"(day-of-month: expected 1 to 31, got "L")"},
      {"* 22-2 * * *", R"(hour: expected a range from an earlier value to a later one, got "22-2")"},
      {"* * * * sat-mon", R"(day-of-week: expected a range from an earlier value to a later one, got "sat-mon")"},
      {"5/15 * * * *", R"(minute: expected a step after * or a range, as in */5 or 0-30/5, got "5/15")"},
      {"*/0 * * * *", R"(minute: expected a step from 1 to 60, got "0")"},
      {"*/61 * * * *", R"(minute: expected a step from 1 to 60, got "61")"},
      {"*/ * * * *", "minute: expected a step from 1 to 60, got nothing"},
      {"*/5/5 * * * *", R"(minute: expected a step from 1 to 60, got "5/5")"},
      {"* */25 * * *", R"(hour: expected a step from 1 to 24, got "25")"},
      {"\xc3\xa9 * * * *", "minute: expected 0 to 59"},
  };
  for (const auto& [text, detail] : refusals) {
    INFO(text);
    CHECK(refused(text) == detail);
  }
  const Error error = error_of(parse_cron("* * * * 9"));
  CHECK(error.code == ErrorCode::invalid);
  REQUIRE(error.fields.size() == 1);
  CHECK(error.fields[0].field == "day-of-week");
}

TEST_CASE("an expression has five fields and a bounded length") {
  const std::string five = "cron: expected five fields: minute hour day-of-month month day-of-week, got ";
  CHECK(refused("") == five + "0");
  CHECK(refused("  ") == five + "0");
  CHECK(refused("* * * *") == five + "4");
  CHECK(refused("* * * * * *") == five + "more");
  CHECK(refused(std::string(limits::cron_bytes_max + 1, ' ')) == "cron: expected at most 200 bytes");
  CHECK(parse_cron("* * * * *" + std::string(limits::cron_bytes_max - 9, ' ')));
}

TEST_CASE("a date that never comes is refused") {
  CHECK(refused("0 0 31 2 *") == R"(day-of-month: expected a day that one of the months has, got "31")");
  CHECK(error_of(parse_cron("0 0 30 feb *")).fields.at(0).field == "day-of-month");
  CHECK(error_of(parse_cron("0 0 31 2,4,6,9,11 *")).code == ErrorCode::invalid);
  CHECK(error_of(parse_cron("0 0 31 2 */2")).code == ErrorCode::invalid);
  CHECK(parse_cron("0 0 29 2 *"));
  CHECK(parse_cron("0 0 31 2,3 *"));
  CHECK(parse_cron("0 0 31 2 mon"));  // each Monday of February
}

TEST_CASE("the first minute at or after a time is found in the hour, the day, the month or a later year") {
  CHECK(first_of("* * * * *", "2026-11-30T10:59", 2) == Texts{"2026-11-30T10:59", "2026-11-30T11:00"});
  CHECK(first_of("59 23 31 12 *", "2026-12-31T23:59", 2) == Texts{"2026-12-31T23:59", "2027-12-31T23:59"});
  CHECK(first_of("0 0 1 1 *", "2026-01-01T00:01", 1) == Texts{"2027-01-01T00:00"});
  CHECK(first_of("10,20 3,5 * * *", "2026-06-01T03:15", 4) ==
        Texts{"2026-06-01T03:20", "2026-06-01T05:10", "2026-06-01T05:20", "2026-06-02T03:10"});
  CHECK(first_of("30 9 * * mon-fri", "2026-12-04T09:31", 2) == Texts{"2026-12-07T09:30", "2026-12-08T09:30"});
  CHECK(first_of("0 0 1 * *", "2026-12-01T00:01", 1) == Texts{"2027-01-01T00:00"});
  const auto cron = must(parse_cron("* * * * *"));
  CHECK(first_from(cron, local("2026-12-31T23:59") + microseconds{1}) == local("2027-01-01T00:00"));
}

TEST_CASE("the 31st comes in months that have it, and the 29th of February in leap years") {
  CHECK(first_of("0 0 31 * *", "2026-01-31T00:01", 6, 10) ==
        Texts{"2026-03-31", "2026-05-31", "2026-07-31", "2026-08-31", "2026-10-31", "2026-12-31"});
  CHECK(first_of("0 0 30 2,3 *", "2026-01-01T00:00", 2, 10) == Texts{"2026-03-30", "2027-03-30"});
  CHECK(first_of("0 0 29 2 *", "2026-01-01T00:00", 2, 10) == Texts{"2028-02-29", "2032-02-29"});
  CHECK(first_of("0 0 29 2 *", "2096-02-29T00:01", 1, 10) == Texts{"2104-02-29"});  // 2100 is no leap year
  CHECK(first_of("0 0 29 2 *", "1996-02-29T00:01", 1, 10) == Texts{"2000-02-29"});
  CHECK(first_of("0 0 29 2 */7", "2026-01-01T00:00", 4, 10) ==  // a Sunday, too: forty years between the last two
        Texts{"2032-02-29", "2060-02-29", "2088-02-29", "2128-02-29"});
}

TEST_CASE("a day of the month or one of the week will do when both are restricted, else both have to be right") {
  CHECK(first_of("0 0 13 * fri", "2026-11-01T00:00", 8, 10) == Texts{"2026-11-06", "2026-11-13", "2026-11-20",
                                                                     "2026-11-27", "2026-12-04", "2026-12-11",
                                                                     "2026-12-13", "2026-12-18"});
  CHECK(first_of("0 0 */2 * fri", "2026-11-01T00:00", 4, 10) ==
        Texts{"2026-11-13", "2026-11-27", "2026-12-11", "2026-12-25"});
  CHECK(first_of("0 0 13 * */5", "2026-11-01T00:00", 2, 10) == Texts{"2026-11-13", "2026-12-13"});
  CHECK(first_of("0 0 13 * *", "2026-11-01T00:00", 2, 10) == Texts{"2026-11-13", "2026-12-13"});
  CHECK(first_of("0 0 * * sun", "2026-11-02T00:00", 2, 10) == Texts{"2026-11-08", "2026-11-15"});
  CHECK(first_of("0 0 31 2 mon", "2026-02-24T00:00", 2, 10) == Texts{"2027-02-01", "2027-02-08"});
  CHECK(first_of("0 0 1-31 * mon", "2026-11-02T00:00", 2, 10) == Texts{"2026-11-02", "2026-11-03"});  // not a `*`
}

TEST_CASE("nothing comes after the year 9999") {
  const auto cron = must(parse_cron("59 23 31 12 *"));
  CHECK(first_from(cron, local("9999-12-31T23:59")) == local("9999-12-31T23:59"));
  CHECK(!first_from(cron, local("9999-12-31T23:59") + microseconds{1}));
  CHECK(!first_from(must(parse_cron("0 0 29 2 *")), local("9999-01-01T00:00")));
}
