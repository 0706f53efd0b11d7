// How many jobs a ramp lets workers have, and when.

#include <breakerd/events/rules/ramp.hpp>

#include <algorithm>
#include <vector>

#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace std::chrono_literals;

namespace {

constexpr SteadyTime begin{1'000'000s};
using Bucket = RampMeter::Bucket;

/// From `from` to `to` jobs per second.
Ramp ramp_of(std::uint64_t from, std::uint64_t to, std::uint64_t over_ms) {
  return {from * 1'000, to * 1'000, over_ms};
}

RampMeter started(const Ramp& ramp) {
  RampMeter meter;
  meter.start(ramp, begin, begin, Bucket::full);
  return meter;
}

/// When jobs are leased by workers that look every `step`, for `time`.
std::vector<SteadyTime> leases(RampMeter& meter, SteadyTime from, std::chrono::milliseconds time,
                               std::chrono::milliseconds step) {
  std::vector<SteadyTime> all;
  for (SteadyTime now = from; now < from + time; now += step)
    for (std::size_t room = std::min<std::size_t>(meter.room(now), 10'000); room > 0; --room) {
      meter.lease(now);
      all.push_back(now);
    }
  return all;
}

std::size_t count_in(const std::vector<SteadyTime>& leases, SteadyTime from, SteadyTime to) {
  return static_cast<std::size_t>(
      std::count_if(leases.begin(), leases.end(), [&](SteadyTime at) { return at >= from && at < to; }));
}

/// The most jobs that any second has.
std::size_t most_in_a_second(const std::vector<SteadyTime>& leases) {
  std::size_t most = 0;
  for (const SteadyTime at : leases) most = std::max(most, count_in(leases, at, at + 1s));
  return most;
}

}  // namespace

TEST_CASE("a ramp that does not rise lets the same number of jobs go in each second") {
  for (const std::uint64_t rate : {1, 7, 20, 33, 40, 100, 1'000}) {
    INFO(rate);
    RampMeter meter = started(ramp_of(rate, rate, 10'000));
    const auto all = leases(meter, begin, 10'000ms, 1ms);
    const std::size_t slack = std::max<std::size_t>(rate / 20, 1);
    CHECK(most_in_a_second(all) <= rate + slack);
    for (auto second = 0s; second < 10s; second += 1s)
      CHECK(count_in(all, begin + second, begin + second + 1s) + slack >= rate);
  }
}

TEST_CASE("workers that come late do not get more in a second than the rate, 5 % or one job more") {
  for (const std::uint64_t rate : {1, 19, 20, 21, 39, 40, 41, 60, 100, 500}) {
    INFO(rate);
    RampMeter meter = started(ramp_of(rate, rate, 60'000));
    const auto first = leases(meter, begin + 5s, 1ms, 1ms);  // nobody came for five seconds
    auto all = leases(meter, begin + 5s + 1ms, 4'000ms, 1ms);
    all.insert(all.begin(), first.begin(), first.end());
    CHECK(most_in_a_second(all) <= rate + std::max<std::size_t>(rate / 20, 1));
  }
}

TEST_CASE("workers that look every 10 ms get as many as the rate allows") {
  for (const std::uint64_t rate : {10, 50, 200, 1'000}) {
    INFO(rate);
    RampMeter meter = started(ramp_of(rate, rate, 10'000));
    const auto all = leases(meter, begin, 10'000ms, 10ms);
    CHECK(all.size() * 100 >= rate * 10 * 95);
    CHECK(all.size() <= rate * 10 + 1);
  }
}

TEST_CASE("a ramp rises evenly, and then lets all go") {
  RampMeter meter = started(ramp_of(10, 110, 10'000));
  const auto all = leases(meter, begin, 10'000ms, 1ms);
  for (std::size_t second = 0; second < 10; ++second) {
    INFO(second);
    const std::size_t wanted = 15 + 10 * second;  // the mean of the second
    const SteadyTime from = begin + std::chrono::seconds{second};
    const std::size_t got = count_in(all, from, from + 1s);
    const std::size_t slack = std::max<std::size_t>(wanted / 20, 1);
    CHECK(got + slack >= wanted);
    CHECK(got <= wanted + slack);
  }
  CHECK(meter.ends_at() == begin + 10s);
  CHECK(meter.room(begin + 10s) == SIZE_MAX);
}

TEST_CASE("a ramp may begin slower than its first job would take at that rate") {
  RampMeter meter = started({1, 100'000, 10'000});  // 0.001 to 100 per second
  const auto all = leases(meter, begin, 10'000ms, 1ms);
  CHECK(count_in(all, begin, begin + 1s) >= 5);
  CHECK(count_in(all, begin, begin + 1s) <= 6);  // 5 by then, and the first at once
  CHECK(all.size() >= 495);
  CHECK(all.size() <= 501);
}

TEST_CASE("a ramp may fall") {
  RampMeter meter = started(ramp_of(100, 1, 10'000));
  const auto all = leases(meter, begin, 10'000ms, 1ms);
  CHECK(count_in(all, begin, begin + 1s) >= 94);
  CHECK(count_in(all, begin + 9s, begin + 10s) <= 7);
  CHECK(meter.free_at() <= begin + 10s);
}

TEST_CASE("the next job is free when it is said to be") {
  for (const Ramp& ramp : {ramp_of(3, 3, 60'000), ramp_of(1, 50, 30'000), ramp_of(50, 1, 30'000), Ramp{1, 1, 5'000}}) {
    RampMeter meter = started(ramp);
    SteadyTime now = begin;
    for (int i = 0; i < 200 && now < meter.ends_at(); ++i) {
      REQUIRE(meter.room(now) >= 1);
      meter.lease(now);
      const SteadyTime next = meter.free_at();
      if (next <= now) continue;
      if (next - 2ms > now) CHECK(meter.room(next - 2ms) == 0);
      now = next + 1us;
    }
    CHECK(now > begin);
  }
}

TEST_CASE("after a start of the process a ramp goes on where it is, and gives nothing at once") {
  RampMeter meter;
  meter.start(ramp_of(10, 110, 10'000), begin, begin + 5s, Bucket::empty);
  CHECK(meter.room(begin + 5s) == 0);
  const auto all = leases(meter, begin + 5s, 1'000ms, 1ms);
  CHECK(all.size() >= 62);  // 65 per second in the mean, less the first one
  CHECK(all.size() <= 65);
}

TEST_CASE("one that has not begun, or was stopped, limits nothing") {
  RampMeter meter;
  CHECK_FALSE(meter.runs());
  CHECK(meter.room(begin) == SIZE_MAX);
  meter = started(ramp_of(1, 1, 1'000));
  meter.stop();
  CHECK(meter.room(begin) == SIZE_MAX);
}

TEST_CASE("the rate of a moment lies between that of the begin and that of the end") {
  const Ramp ramp{1'000, 51'000, 10'000};
  CHECK(rate_at(ramp, 0) == 1'000);
  CHECK(rate_at(ramp, 5'000) == 26'000);
  CHECK(rate_at(ramp, 10'000) == 51'000);
  CHECK(rate_at(ramp, 99'999) == 51'000);
  CHECK(rate_at({51'000, 1'000, 10'000}, 2'500) == 38'500);
}

TEST_CASE("how long the drain takes is the time in which the ramp lets the last job go") {
  const Ramp steady = ramp_of(10, 10, 60'000);
  CHECK(drain_ms(steady, 0) == 0);
  CHECK(drain_ms(steady, 1) == 0);
  CHECK(drain_ms(steady, 11) == 1'000);
  CHECK(drain_ms(steady, 601) == 60'000);
  CHECK(drain_ms(steady, 1'000'000) == 60'000);  // the rest at once
  CHECK(drain_ms(ramp_of(1, 99, 10'000), 501) == 10'000);
  for (const std::uint64_t jobs : {2, 50, 300, 499}) {
    const Ramp ramp = ramp_of(1, 99, 10'000);
    RampMeter meter = started(ramp);
    const auto all = leases(meter, begin, 10'000ms, 1ms);
    REQUIRE(all.size() >= jobs);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(all[jobs - 1] - begin).count();
    CHECK(std::abs(took - static_cast<std::int64_t>(drain_ms(ramp, jobs))) <= 15);
  }
}
