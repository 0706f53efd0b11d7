#include "tests/simulation/promises/deadlines.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

/// Of the day of the logs here.
std::string time_of(int second) {
  return "2027-01-15T08:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000000Z";
}
constexpr std::int64_t start_us = 1'800'000'000'000'000;

/// A log of one job that has 10 s to be started, as the model takes it.
struct Log {
  std::vector<std::string> sentences;
  Deadlines deadlines{[this](std::string sentence) { sentences.push_back(std::move(sentence)); }, true};
  History history{[](const std::string&) {}};
  JobHolds holds{[](const std::string&) {}};
  std::uint64_t seq = 0;

  void take(int second, const std::string& type, const std::string& stream, const json& data) {
    const json event{{"seq", ++seq}, {"time", time_of(second)}, {"type", type}, {"stream", stream}, {"data", data}};
    deadlines.take(event, history, holds);
    history.take(event);
    holds.take(event);
  }
  void of_job(int second, const std::string& type, json more = json::object()) {
    more.update({{"job", 1U}, {"campaign", nullptr}});
    take(second, type, "job-1", more);
  }
  void enqueue(int expires = 10) {
    of_job(0, "JobEnqueued", {{"job_type", "mail"}, {"max_attempts", 3U}, {"expires_at", time_of(expires)}});
  }
  void lease(int second) { of_job(second, "JobLeased", {{"worker", "w"}, {"token_digest", "d"}, {"attempt", 1U}}); }
  void hold(int second) {
    take(second, "JobHoldPlaced", "queue",
         {{"hold", 1U}, {"job_type", "mail"}, {"service", nullptr}, {"campaign", nullptr}});
  }
  void lift(int second) { take(second, "JobHoldLifted", "queue", {{"hold", 1U}}); }
  void show(int second, const json& expires_at) {
    deadlines.compare({{"id", 1U}, {"expires_at", expires_at}}, history, holds, start_us + 1'000'000 * second);
  }
  bool broke(const std::string& words) const {
    return sentences.size() == 1 && sentences.front().find(words) != std::string::npos;
  }
};

}  // namespace

TEST_CASE("a job that nobody starts in time expires, and no sooner") {
  Log log;
  log.enqueue();
  SECTION("its time has come") {
    log.of_job(10, "JobExpired");
    CHECK(log.sentences.empty());
  }
  SECTION("it has not") {
    log.of_job(7, "JobExpired");
    CHECK(log.broke("had 3000000 us left"));
  }
  SECTION("it was started before") {
    log.lease(5);
    log.of_job(6, "JobReleased");
    log.of_job(12, "JobExpired");
    CHECK(log.broke("has no deadline, or was started before"));
  }
  SECTION("it is held") {
    log.hold(9);
    log.of_job(11, "JobExpired");
    CHECK(log.broke("job 1 is held"));
  }
}

TEST_CASE("the time of a job that is held stands still") {
  Log log;
  log.enqueue();
  log.hold(5);
  log.lift(25);
  SECTION("so it has as much left") {
    log.show(25, time_of(30));
    log.of_job(30, "JobExpired");
    CHECK(log.sentences.empty());
  }
  SECTION("and does not expire before") {
    log.of_job(28, "JobExpired");
    CHECK(log.broke("had 2000000 us left"));
  }
  SECTION("an opening holds it too") {
    log.take(26, "CircuitOpened", "breaker", {{"epoch", 1U}});
    log.take(26, "QueuePaused", "queue", {{"epoch", 1U}});
    log.take(26, "HoldPlaced", "queue", {{"ordinal", 1U}, {"kind", "circuit"}});
    log.take(46, "CircuitClosed", "breaker", {{"epoch", 1U}});
    log.take(46, "QueueResumed", "queue", {{"epoch", 1U}});
    log.of_job(50, "JobExpired");
    CHECK(log.sentences.empty());
  }
}

TEST_CASE("no job is leased behind its deadline") {
  Log log;
  log.enqueue();
  SECTION("at its deadline") {
    log.lease(10);
    CHECK(log.sentences.empty());
  }
  SECTION("later") {
    log.lease(14);
    CHECK(log.broke("was leased 4000000 us behind its deadline"));
  }
}

TEST_CASE("a job shows when it expires while it waits to be started") {
  Log log;
  log.enqueue();
  log.show(3, time_of(10));
  CHECK(log.sentences.empty());
  SECTION("not another time") {
    log.show(3, time_of(14));
    CHECK(log.broke("it has 7000000 us left"));
  }
  SECTION("nothing is no answer") {
    log.show(3, nullptr);
    CHECK(log.broke("shows an expires_at exactly when"));
  }
  SECTION("a job that was started shows none") {
    log.lease(4);
    log.show(5, time_of(10));
    CHECK(log.broke("shows an expires_at exactly when"));
  }
  SECTION("one that should have expired does not wait") {
    log.show(18, time_of(10));
    CHECK(log.broke("it should have expired 8000000 us ago"));
  }
}

TEST_CASE("a retry gives an expired job its time anew, and no other") {
  Log log;
  log.enqueue();
  log.of_job(10, "JobExpired");
  SECTION("with a deadline") {
    log.of_job(20, "JobRetried", {{"deadline", time_of(30)}});
    log.of_job(30, "JobExpired");
    CHECK(log.sentences.empty());
  }
  SECTION("without one") {
    log.of_job(20, "JobRetried", {{"deadline", nullptr}});
    CHECK(log.broke("a new deadline exactly when its job had EXPIRED"));
  }
}

TEST_CASE("times in which a campaign was held count as one when they are too many, and never for less") {
  Log log;
  log.take(0, "CampaignCreated", "campaign-c", {{"campaign", "c"}, {"name", "spring"}});
  log.take(0, "CampaignStarted", "campaign-c", {{"campaign", "c"}, {"ordinal", 1U}});
  const json job{
      {"job", 1U}, {"campaign", "c"}, {"job_type", "mail"}, {"max_attempts", 3U}, {"expires_at", time_of(10)}};
  log.take(0, "JobEnqueued", "job-1", job);
  const auto pause = [&](int times) {
    for (int i = 0; i < times; ++i) {
      log.take(i, "CampaignPaused", "campaign-c", {{"campaign", "c"}, {"reason", "r"}});
      log.take(i, "CampaignResumed", "campaign-c", {{"campaign", "c"}, {"ordinal", 2U}});
    }
  };
  SECTION("few of them do not") {
    pause(8);
    log.show(8, time_of(14));
    CHECK(log.broke("it has 2000000 us left"));
  }
  SECTION("many do") {
    pause(9);
    log.show(9, time_of(14));
    CHECK(log.sentences.empty());
  }
  SECTION("which gives no job less time") {
    pause(9);
    log.show(9, time_of(8));
    CHECK(log.broke("it has 1000000 us left"));
  }
}

TEST_CASE("the time of a parked job stands still") {
  Log log;
  log.enqueue();
  log.of_job(9, "JobParked", {{"command", 1U}});
  SECTION("so it does not expire") {
    log.of_job(12, "JobExpired");
    CHECK(log.broke("job 1 is held"));
  }
  SECTION("and has as much left when it is released") {
    log.of_job(25, "JobUnparked");
    log.show(25, time_of(26));
    log.of_job(26, "JobExpired");
    CHECK(log.sentences.empty());
  }
}
