#include "tests/simulation/promises/schedules.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

std::string time_of(int minute, int second = 0) {
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return "2027-01-15T08:" + two(minute) + ":" + two(second) + ".000000Z";
}
constexpr std::int64_t start_us = 1'800'000'000'000'000;

/// A log with schedule 1, of jobs of the type "mail", every minute from 08:00 on.
struct Log {
  std::vector<std::string> sentences;
  Schedules schedules{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }};
  History history{[](const std::string&) {}};
  JobHolds holds{[](const std::string&) {}};
  std::uint64_t seq = 0;
  std::uint64_t jobs = 0;

  void take(const std::string& time, const std::string& type, const json& data) {
    const std::string stream = type == "JobEnqueued" ? "job-" + std::to_string(jobs) : "queue";
    const json event{{"seq", ++seq}, {"time", time}, {"type", type}, {"stream", stream}, {"data", data}};
    schedules.take(event, history, holds);
    history.take(event);
    holds.take(event);
  }
  void create(const std::string& missed = "once", const json& cron = nullptr) {
    json plan{{"schedule", 1U}, {"name", "tick"}, {"cron", cron}, {"missed", missed}, {"job_type", "mail"}};
    if (cron.is_null()) plan.update({{"every_ms", 60'000U}, {"anchor", time_of(0)}});
    plan["next_at"] = time_of(1);
    take(time_of(0), "ScheduleSet", plan);
  }
  void run(const std::string& time, const std::string& due, const std::string& next, bool by_hand = false) {
    take(time, "ScheduleRan",
         {{"schedule", 1U}, {"due", due}, {"by_hand", by_hand}, {"job", ++jobs}, {"next_at", next}});
    take(time, "JobEnqueued",
         {{"job", jobs}, {"job_type", "mail"}, {"max_attempts", 3U}, {"unique_key", "schedule/tick/" + due}});
  }
  void skip(const std::string& time, const std::string& due, const std::string& next, const std::string& reason) {
    take(time, "ScheduleSkipped", {{"schedule", 1U}, {"due", due}, {"next_at", next}, {"reason", reason}});
  }
  void hold() {
    take(time_of(0), "JobHoldPlaced",
         {{"hold", 1U}, {"job_type", "mail"}, {"service", nullptr}, {"campaign", nullptr}});
  }
  void pause(const std::string& time) { take(time, "SchedulePaused", {{"schedule", 1U}, {"reason", "x"}}); }
  json shown(const json& next) const {
    return {{"id", 1U},
            {"name", "tick"},
            {"cron", nullptr},
            {"paused", false},
            {"next_at", next},
            {"last_job_id", jobs},
            {"job", {{"job_type", "mail"}, {"campaign_id", nullptr}}}};
  }
  bool kept() const { return sentences.empty(); }
  bool broke(const std::string& words) const {
    return !sentences.empty() && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a run that is due begins at its time or later, and the next one is as the schedule says") {
  Log log;
  log.create();
  SECTION("on time, and the one after it") {
    log.run(time_of(1), time_of(1), time_of(2));
    log.run(time_of(2, 3), time_of(2), time_of(3));
    CHECK(log.kept());
  }
  SECTION("too early") {
    log.run(time_of(0, 59), time_of(1), time_of(2));
    CHECK(log.broke("before it is due"));
  }
  SECTION("of another time") {
    log.run(time_of(2), time_of(2), time_of(3));
    CHECK(log.broke("this run is not due"));
  }
  SECTION("twice") {
    log.run(time_of(1), time_of(1), time_of(2));
    log.run(time_of(1), time_of(1), time_of(2));
    CHECK(log.broke("this run is not due"));
  }
  SECTION("one for all that were missed") {
    log.run(time_of(9, 30), time_of(1), time_of(10));
    CHECK(log.kept());
  }
  SECTION("and not one for each") {
    log.run(time_of(9, 30), time_of(1), time_of(2));
    CHECK(log.broke("should be 480000000 us later"));
  }
  SECTION("of one that is paused") {
    log.pause(time_of(0, 30));
    log.run(time_of(1), time_of(1), time_of(2));
    CHECK(log.broke("this run is not due"));
  }
}

TEST_CASE("a crontab comes at its minutes") {
  Log log;
  log.create("once", "*/5 * * * *");
  CHECK(log.broke("should be 240000000 us later"));
}

TEST_CASE("what was missed is left out when the schedule says so, and then only") {
  Log log;
  SECTION("skip") {
    log.create("skip");
    log.skip(time_of(1, 11), time_of(1), time_of(2), "it was missed");
    CHECK(log.kept());
  }
  SECTION("skip, and it begins") {
    log.create("skip");
    log.run(time_of(1, 11), time_of(1), time_of(2));
    CHECK(log.broke("it was missed, and should be skipped"));
  }
  SECTION("it was not missed") {
    log.create("skip");
    log.skip(time_of(1, 9), time_of(1), time_of(2), "it was missed");
    CHECK(log.broke("no reason to leave it out"));
  }
  SECTION("once") {
    log.create();
    log.skip(time_of(5), time_of(1), time_of(6), "it was missed");
    CHECK(log.broke("no reason to leave it out"));
  }
}

TEST_CASE("the job of a run is its schedule's, and follows at once") {
  Log log;
  log.create();
  SECTION("another event follows") {
    log.take(time_of(1), "ScheduleRan",
             {{"schedule", 1U}, {"due", time_of(1)}, {"by_hand", false}, {"job", 1U}, {"next_at", time_of(2)}});
    log.pause(time_of(1));
    CHECK(log.broke("its job does not follow"));
  }
  SECTION("it has another key, and another type") {
    log.take(time_of(1), "ScheduleRan",
             {{"schedule", 1U}, {"due", time_of(1)}, {"by_hand", false}, {"job", 1U}, {"next_at", time_of(2)}});
    log.jobs = 1;
    log.take(time_of(1), "JobEnqueued", {{"job", 1U}, {"job_type", "sms"}, {"max_attempts", 3U}, {"unique_key", "k"}});
    CHECK(log.sentences.size() == 2);
  }
  SECTION("nothing has begun") {
    log.jobs = 1;
    log.take(time_of(1), "JobEnqueued",
             {{"job", 1U}, {"job_type", "mail"}, {"max_attempts", 3U}, {"unique_key", "schedule/tick/x"}});
    CHECK(log.broke("none has begun"));
  }
}

TEST_CASE("no run begins under a hold, but by hand") {
  Log log;
  log.create();
  log.hold();
  SECTION("one that is due") {
    log.run(time_of(1), time_of(1), time_of(2));
    log.pause(time_of(1, 1));
    CHECK(log.broke("while it is held"));
  }
  SECTION("one by hand, which leaves the next one as it is") {
    log.run(time_of(0, 7), time_of(0, 7), time_of(1), true);
    log.pause(time_of(1, 1));
    CHECK(log.kept());
  }
  SECTION("two by hand have two times") {
    log.run(time_of(0, 7), time_of(0, 7), time_of(1), true);
    log.run(time_of(0, 7), time_of(0, 7), time_of(1), true);
    CHECK(log.broke("another run has this time"));
  }
  SECTION("one by hand is due when it is asked for") {
    log.run(time_of(0, 7), time_of(0, 9), time_of(1), true);
    CHECK(log.broke("due when it is asked for"));
  }
}

TEST_CASE(
    "a change of other things, or to the same times, leaves the next run as it is, and so does any when it is due") {
  Log log;
  log.create();
  json plan{{"schedule", 1U},     {"name", "tick"},      {"cron", nullptr},      {"missed", "skip"},
            {"job_type", "mail"}, {"every_ms", 60'000U}, {"anchor", time_of(0)}, {"next_at", time_of(1)}};
  SECTION("it does") {
    log.take(time_of(0, 30), "ScheduleSet", plan);
    plan.update({{"missed", "once"}, {"every_ms", 30'000U}, {"anchor", time_of(2)}});
    log.take(time_of(2), "ScheduleSet", plan);
    log.run(time_of(2, 1), time_of(1), time_of(2, 30));
    CHECK(log.kept());
  }
  SECTION("the next one is another") {
    plan["next_at"] = time_of(2);
    log.take(time_of(0, 30), "ScheduleSet", plan);
    CHECK(log.broke("is another one, and should not be"));
  }
  SECTION("it counts from another time") {
    plan["anchor"] = time_of(0, 30);
    log.take(time_of(0, 30), "ScheduleSet", plan);
    CHECK(log.broke("count from another one"));
  }
  SECTION("a run that is due is dropped") {
    plan.update({{"every_ms", 30'000U}, {"anchor", time_of(2)}, {"next_at", time_of(2, 30)}});
    log.take(time_of(2), "ScheduleSet", plan);
    CHECK(log.broke("is another one, and should not be"));
  }
}

TEST_CASE("when the clock was set back the next run is an earlier one, and none that has just come") {
  Log log;
  log.create();
  log.run(time_of(50), time_of(1), time_of(51));
  const auto earlier = [&](const std::string& time, const std::string& next) {
    const json data{{"schedule", 1U}, {"next_at", next}, {"reason", "x"}};
    const json event{{"seq", ++log.seq},        {"time", time}, {"type", "ScheduleResumed"}, {"stream", "queue"},
                     {"principal", "breakerd"}, {"data", data}};
    log.schedules.take(event, log.history, log.holds);
  };
  SECTION("it is the next one by the new time") {
    earlier(time_of(10, 20), time_of(11));
    CHECK(log.kept());
  }
  SECTION("it is none that has just come") {
    earlier(time_of(0, 59), time_of(1));
    CHECK(log.broke("should be 60000000 us later"));
  }
  SECTION("it was earlier before") {
    earlier(time_of(52), time_of(53));
    CHECK(log.broke("it has no run that is to come"));
  }
  SECTION("nobody has noticed") {
    log.schedules.none_is_far_away({log.shown(time_of(51))}, start_us + 600'000'000);
    CHECK(log.broke("should run"));
  }
  SECTION("somebody has") {
    json row = log.shown(time_of(11));
    row.update({{"every_ms", 60'000U}, {"last_due_at", time_of(1)}, {"last_skipped", nullptr}});
    log.schedules.none_is_far_away({row}, start_us + 600'000'000);
    CHECK(log.kept());
  }
}

TEST_CASE("schedules are shown as the events make them, and run on time") {
  Log log;
  log.create();
  log.run(time_of(1), time_of(1), time_of(2));
  SECTION("they are") {
    log.schedules.compare({log.shown(time_of(2))});
    log.schedules.are_on_time({log.shown(time_of(2))}, start_us + 122'000'000);
    CHECK(log.kept());
  }
  SECTION("one is not shown") {
    log.schedules.compare({});
    CHECK(log.broke("0 schedules are shown"));
  }
  SECTION("another next run is shown") {
    log.schedules.compare({log.shown(time_of(3))});
    CHECK(log.broke("it is shown as"));
  }
  SECTION("one should have run") {
    log.schedules.are_on_time({log.shown(time_of(2))}, start_us + 126'000'000);
    CHECK(log.broke("should have run"));
  }
}
