// The model's view of queue time, and of how fast a ramp lets jobs go.

#include "tests/simulation/promises/ramps.hpp"

#include "tests/simulation/promises/queue_clock.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::simulation;
using nlohmann::json;

namespace {

constexpr std::int64_t second_us = 1'000'000;
/// From 1 to 21 jobs per second in ten seconds.
constexpr RampShape rising{1'000, 21'000, 10'000};
constexpr RampShape ten_a_second{10'000, 10'000, 60'000};
constexpr RampShape one_a_second{1'000, 1'000, 60'000};

std::string time_of(int second) {
  return "2027-01-15T08:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000000Z";
}
std::int64_t us_of(int second) { return (1'800'000'000 + std::int64_t{second}) * second_us; }

/// So many jobs, in even distances over a time; what is said of the last one that is not right.
std::string lease(RampLeases& leases, std::int64_t from_us, std::int64_t to_us, int jobs) {
  std::string said;
  for (int job = 0; job < jobs; ++job) {
    const std::string wrong = leases.lease(from_us + (to_us - from_us) * job / jobs);
    if (!wrong.empty()) said = wrong;
  }
  return said;
}

}  // namespace

TEST_CASE("a ramp's rate rises evenly, and the area under it is what it lets go") {
  CHECK(rising.rate(0) == 1);
  CHECK(rising.rate(5 * second_us) == 11);
  CHECK(rising.rate(10 * second_us) == 21);
  CHECK(rising.rate(20 * second_us) == 21);
  CHECK(rising.area(0, 10 * second_us) == 110);
  CHECK(rising.area(0, 5 * second_us) == 30);
  CHECK(rising.area(5 * second_us, 20 * second_us) == 80);
  CHECK(rising.area(-second_us, 0) == 0);
}

TEST_CASE("no more jobs are leased than a ramp allows, over any time") {
  RampLeases leases{ten_a_second};
  SECTION("as many as it allows") { CHECK(lease(leases, 0, 10 * second_us, 100) == ""); }
  SECTION("and a few in the moment after a pause") {
    CHECK(lease(leases, 0, second_us, 10) == "");
    CHECK(leases.lease(20 * second_us) == "");
    CHECK(lease(leases, 20 * second_us + 50'000, 21 * second_us, 9) == "");
  }
  SECTION("a tenth more, all the time") { CHECK(lease(leases, 0, 10 * second_us, 112) != ""); }
  SECTION("what nobody has taken is lost") {
    CHECK(leases.lease(30 * second_us) == "");
    CHECK(lease(leases, 30 * second_us, 30 * second_us, 3) != "");
  }
  SECTION("when its time is over, any number") { CHECK(lease(leases, 60 * second_us, 60 * second_us, 500) == ""); }
}

TEST_CASE("a rate that falls holds where it has come to") {
  RampLeases leases{RampShape{20'000, 1'000, 10'000}};
  CHECK(lease(leases, 0, second_us, 19) == "");
  SECTION("as many as at the end") { CHECK(lease(leases, 9 * second_us, 10 * second_us, 2) == ""); }
  SECTION("as many as at the beginning") { CHECK(lease(leases, 9 * second_us, 10 * second_us, 8) != ""); }
}

TEST_CASE("after a start there is nothing to take at first") {
  RampLeases leases{one_a_second};
  CHECK(leases.lease(0) == "");
  const bool is_known = GENERATE(true, false);
  leases.restart(10 * second_us, is_known);
  SECTION("a job a second later") {
    CHECK(leases.lease(11 * second_us) == "");
    CHECK(leases.lease(12 * second_us) == "");
  }
  SECTION("a job at once") { CHECK(leases.lease(10 * second_us + 100'000).find("was started") != std::string::npos); }
  SECTION("two jobs later, at once") {
    CHECK(leases.lease(11 * second_us) == "");
    CHECK(leases.lease(11 * second_us + 200'000).find("was started") != std::string::npos);
  }
}

TEST_CASE("a ramp that does not let go what it may is seen") {
  RampLeases leases{ten_a_second};
  CHECK(lease(leases, 0, 30 * second_us, 300) == "");
  CHECK(leases.lagged(30 * second_us) == "");
  SECTION("all the time") { CHECK(leases.lagged(60 * second_us) != ""); }
  SECTION("for some time") {
    CHECK(lease(leases, 35 * second_us, 60 * second_us, 250) == "");
    CHECK(leases.lagged(60 * second_us).find("jobs and workers were there") != std::string::npos);
  }
}

TEST_CASE("queue time is worked out from the log") {
  QueueClock clock;
  CHECK(clock.at(us_of(1)) == us_of(1));
  clock.take({{"type", "QueuePaused"}, {"time", time_of(10)}, {"data", json::object()}});
  CHECK(clock.at(us_of(15)) == us_of(10));
  clock.take({{"type", "QueueResumed"}, {"time", time_of(20)}, {"data", json::object()}});
  CHECK(clock.at(us_of(25)) == us_of(15));
  SECTION("the wall clock was set") {
    clock.take({{"type", "QueueTimeSet"}, {"time", time_of(50)}, {"data", {{"queue_time", time_of(16)}}}});
    CHECK(clock.at(us_of(51)) == us_of(17));
  }
  SECTION("a delay tells it") {
    clock.take(
        {{"type", "JobAttemptFailed"}, {"time", time_of(30)}, {"data", {{"due", time_of(25)}, {"delay_ms", 4'000}}}});
    CHECK(clock.at(us_of(30)) == us_of(21));
  }
  SECTION("an attempt without a delay tells nothing") {
    clock.take({{"type", "JobAttemptFailed"}, {"time", time_of(30)}, {"data", {{"due", nullptr}, {"delay_ms", 0}}}});
    CHECK(clock.at(us_of(30)) == us_of(20));
  }
  SECTION("set back while no daemon ran, no time counts as passed") { CHECK(clock.at(us_of(5)) == us_of(10)); }
}
