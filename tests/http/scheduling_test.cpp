// The policy that the daemon's threads are scheduled under. Policies belong to threads, so each case has one of its own.

#include "http/scheduling.hpp"

#include <sched.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>

#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace std::chrono_literals;

namespace {

constexpr auto on_time = 100us;
constexpr auto late = 1'500us;

int policy_after(const std::function<void()>& work) {
  int policy = -1;
  std::thread{[&] {
    work();
    policy = sched_getscheduler(0);
  }}.join();
  return policy;
}

void start_as(int policy) {
  const sched_param no_priority{};
  if (sched_setscheduler(0, policy, &no_priority) != 0) throw std::runtime_error{"the policy cannot be set"};
}

/// Notes the same `times` times and gives what came of the last one.
bool note(http::Politeness& politeness, std::chrono::nanoseconds lateness, std::size_t times) {
  bool polite = false;
  for (std::size_t i = 0; i < times; ++i) polite = politeness.note(lateness);
  return polite;
}

}  // namespace

TEST_CASE("threads are scheduled as batch, and those they start") {
  Result<void> outcome;
  int policy_of_child = -1;
  const int policy = policy_after([&] {
    start_as(SCHED_OTHER);
    http::BatchScheduling scheduling;
    outcome = scheduling.start();
    policy_of_child = policy_after([] {});
  });
  CHECK(outcome.has_value());
  CHECK(policy == SCHED_BATCH);
  CHECK(policy_of_child == SCHED_BATCH);
}

TEST_CASE("a policy that somebody chose is kept") {
  Result<void> outcome;
  const int policy = policy_after([&] {
    start_as(SCHED_IDLE);
    http::BatchScheduling scheduling;
    outcome = scheduling.start();
  });
  CHECK(outcome.has_value());
  CHECK(policy == SCHED_IDLE);
}

TEST_CASE("who is let through stays polite") {
  http::Politeness politeness;
  CHECK(note(politeness, on_time, 100));
  CHECK(note(politeness, http::Politeness::late, 100));
}

TEST_CASE("being late now and then does not matter") {
  http::Politeness politeness;
  for (int i = 0; i < 100; ++i) {
    CHECK(politeness.note(late));
    CHECK(politeness.note(late));
    CHECK(note(politeness, on_time, http::Politeness::remembered - 2));
  }
}

TEST_CASE("who is kept waiting stops being polite, and begins again when it has been on time for long") {
  http::Politeness politeness;
  CHECK(note(politeness, on_time, 20));
  CHECK(politeness.note(late));
  CHECK(politeness.note(on_time));
  CHECK(politeness.note(late));
  CHECK(politeness.note(on_time));
  CHECK_FALSE(politeness.note(late));
  CHECK_FALSE(note(politeness, on_time, http::Politeness::long_enough - 1));
  CHECK_FALSE(politeness.note(late));
  CHECK_FALSE(note(politeness, on_time, http::Politeness::long_enough - 1));
  CHECK(politeness.note(on_time));
}
