// next_time() beside a walk from minute to minute over the clock of the C library, which reads the zones by itself.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <breakerd/events/rules/recurrence.hpp>
#include <breakerd/events/rules/zone_database.hpp>
#include "tests/support/results.hpp"
#include "tests/support/seed.hpp"

using namespace breakerd;
using namespace breakerd::test;
using namespace std::chrono;

namespace {

constexpr std::array zones{"UTC",
                           "Europe/Berlin",
                           "Europe/Dublin",
                           "Europe/London",
                           "America/New_York",
                           "America/St_Johns",
                           "America/Sao_Paulo",
                           "America/Santiago",
                           "America/Nuuk",
                           "America/Havana",
                           "Africa/Casablanca",
                           "Africa/Cairo",
                           "Asia/Gaza",
                           "Asia/Kathmandu",
                           "Asia/Tehran",
                           "Antarctica/Troll",
                           "Australia/Lord_Howe",
                           "Pacific/Apia",
                           "Pacific/Chatham",
                           "Pacific/Kwajalein"};

/// The C library's zone, for as long as this lives.
class MachineZone {
 public:
  explicit MachineZone(const std::string& name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    set(&name);
  }
  MachineZone(const MachineZone&) = delete;
  MachineZone& operator=(const MachineZone&) = delete;
  ~MachineZone() { set(before_ ? &*before_ : nullptr); }

 private:
  static void set(const std::string* name) {
    if (name != nullptr)
      ::setenv("TZ", name->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }
  std::optional<std::string> before_;
};

std::tm local_of(std::time_t time) {
  std::tm local{};
  ::localtime_r(&time, &local);
  return local;
}

using Random = std::mt19937_64;

std::int64_t draw(Random& random, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>{low, high}(random);
}

/// A field as text, and which values it has.
struct NaiveField {
  std::string text;
  std::set<int> values;
  [[nodiscard]] bool has(int value) const { return values.contains(value); }
};

NaiveField draw_field(Random& random, int low, int high, int chance_of_star) {
  NaiveField field;
  const auto add = [&](int first, int last, int step) {
    for (int value = first; value <= last; value += step) field.values.insert(value);
  };
  if (draw(random, 1, 10) <= chance_of_star) {
    const int step = draw(random, 0, 2) == 0 ? static_cast<int>(draw(random, 2, (high - low) / 2)) : 1;
    add(low, high, step);
    field.text = step == 1 ? "*" : "*/" + std::to_string(step);
    return field;
  }
  for (std::int64_t parts = draw(random, 1, 3); parts > 0; --parts) {
    const int first = static_cast<int>(draw(random, low, high));
    const int last = draw(random, 0, 1) == 0 ? first : static_cast<int>(draw(random, first, high));
    field.text += (field.text.empty() ? "" : ",") + std::to_string(first);
    if (last == first) {
      add(first, first, 1);
      continue;
    }
    const int step = static_cast<int>(draw(random, 1, 4));
    add(first, last, step);
    field.text += "-" + std::to_string(last) + "/" + std::to_string(step);
  }
  return field;
}

struct NaiveCron {
  NaiveField minute, hour, day, month, weekday;

  [[nodiscard]] std::string text() const {
    return minute.text + " " + hour.text + " " + day.text + " " + month.text + " " + weekday.text;
  }
  [[nodiscard]] bool names_hours() const { return hour.values.size() < 24; }
  [[nodiscard]] bool has(const std::tm& local) const {
    const bool by_day = day.has(local.tm_mday);
    const bool by_weekday = weekday.has(local.tm_wday) || (local.tm_wday == 0 && weekday.has(7));
    const bool either = day.text[0] != '*' && weekday.text[0] != '*';
    return minute.has(local.tm_min) && hour.has(local.tm_hour) && month.has(local.tm_mon + 1) &&
           (either ? by_day || by_weekday : by_day && by_weekday);
  }
};

NaiveCron draw_cron(Random& random) {
  return {draw_field(random, 0, 59, 3), draw_field(random, 0, 23, 4), draw_field(random, 1, 31, 7),
          draw_field(random, 1, 12, 9), draw_field(random, 0, 7, 7)};
}

/// When it comes from `begin` until `end`, both whole minutes.
std::vector<Time> walk(const NaiveCron& cron, std::time_t begin, std::time_t end) {
  std::vector<Time> all;
  std::time_t shown = 0;  // the latest local minute, as if it were of UTC
  for (std::time_t now = begin - 2 * 24 * 60 * 60; now < end; now += 60) {
    std::tm local = local_of(now);
    const std::time_t minute = ::timegm(&local);
    bool comes = cron.has(local);
    if (cron.names_hours()) {
      comes = false;
      if (shown == 0) shown = minute;
      for (; shown < minute; shown += 60) {
        const std::time_t passed = shown + 60;
        std::tm fields{};
        ::gmtime_r(&passed, &fields);
        comes = comes || cron.has(fields);
      }
    }
    if (comes && now >= begin) all.push_back(Time{seconds{now}});
  }
  return all;
}

/// A whole minute of the years 1972 to 2100, near a change of the clock as often as not.
std::time_t draw_time(Random& random, const TimeZone& zone) {
  Time time{seconds{draw(random, 63'072'000, 4'102'444'800)}};
  if (draw(random, 0, 3) != 0) {
    const ZoneSpan span = zone.span_at(time);
    if (span.end != Time::max()) time = span.end - hours{draw(random, 0, 40)};
  }
  return floor<minutes>(time).time_since_epoch() / seconds{1};
}

}  // namespace

TEST_CASE("zones have the offsets that the C library knows") {
  Random random{test_seed()};
  for (const std::string name : zones) {
    const MachineZone machine{name};
    const TimeZone zone = must(find_time_zone(name));
    CHECK(zone.name() == name);
    for (int i = 0; i < 500; ++i) {
      const Time time{seconds{draw(random, 0, 16'725'225'600)}};  // until 2500
      const ZoneSpan span = zone.span_at(time);
      INFO(name << " " << to_rfc3339(time));
      REQUIRE(span.begin <= time);
      REQUIRE(time < span.end);
      REQUIRE(span.offset.count() == local_of(time.time_since_epoch() / 1s).tm_gmtoff);
      if (span.end == Time::max()) continue;
      REQUIRE(local_of(span.end.time_since_epoch() / 1s - 1).tm_gmtoff == span.offset.count());
      REQUIRE(local_of(span.end.time_since_epoch() / 1s).tm_gmtoff == zone.span_at(span.end).offset.count());
    }
  }
}

TEST_CASE("random expressions come when a walk from minute to minute says so") {
  Random random{test_seed()};
  std::size_t times = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string name = zones[static_cast<std::size_t>(draw(random, 0, zones.size() - 1))];
    const NaiveCron naive = draw_cron(random);
    const auto cron = parse_cron(naive.text());
    if (!cron) {
      CHECK(cron.error().fields.at(0).expected.starts_with("a day that one of the months has"));
      continue;
    }
    const MachineZone machine{name};
    const CronRule rule{*cron, must(find_time_zone(name))};
    const std::time_t begin = draw_time(random, rule.zone);
    const std::time_t end = begin + 4 * 24 * 60 * 60;

    std::vector<Time> found;
    auto next = next_time(rule, Time{seconds{begin}} - 1us);
    for (; next && *next < Time{seconds{end}}; next = next_time(rule, *next)) found.push_back(*next);
    INFO(name << " " << naive.text() << " from " << to_rfc3339(Time{seconds{begin}}));
    REQUIRE(found == walk(naive, begin, end));
    times += found.size();
  }
  CHECK(times > 0);
}
