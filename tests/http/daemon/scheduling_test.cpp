// The policy that the daemon's threads are scheduled under. Policies belong to threads, so each case has one of its
// own.

#include <breakerd/http/daemon/scheduling.hpp>

#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <future>
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
  for (std::size_t i = 0; i < times; ++i) polite = politeness.add_sample(lateness);
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

TEST_CASE("threads that run already are put under the other policy, and back; those of another policy are not") {
  std::promise<void> end;
  const std::shared_future<void> ended{end.get_future()};
  const auto start = [&](int policy) {
    std::promise<pid_t> id;
    auto number = id.get_future();
    std::thread thread{[&ended, policy, id = std::move(id)]() mutable {
      start_as(policy);
      id.set_value(gettid());
      ended.wait();
    }};
    return std::pair{std::move(thread), number.get()};
  };
  auto [plain, plain_id] = start(SCHED_OTHER);
  auto [left_out, left_out_id] = start(SCHED_OTHER);
  auto [idle, idle_id] = start(SCHED_IDLE);
  CHECK(http::schedule_all_threads(SCHED_BATCH, left_out_id).has_value());
  CHECK(sched_getscheduler(plain_id) == SCHED_BATCH);
  CHECK(sched_getscheduler(0) == SCHED_BATCH);
  CHECK(sched_getscheduler(left_out_id) == SCHED_OTHER);
  CHECK(sched_getscheduler(idle_id) == SCHED_IDLE);
  CHECK(http::schedule_all_threads(SCHED_OTHER, left_out_id).has_value());
  CHECK(sched_getscheduler(plain_id) == SCHED_OTHER);
  CHECK(sched_getscheduler(0) == SCHED_OTHER);
  CHECK(sched_getscheduler(idle_id) == SCHED_IDLE);
  end.set_value();
  for (std::thread* thread : {&plain, &left_out, &idle}) thread->join();
}

TEST_CASE("who is let through stays polite") {
  http::Politeness politeness;
  CHECK(note(politeness, on_time, 100));
  CHECK(note(politeness, http::Politeness::late, 100));
}

TEST_CASE("being late now and then does not matter") {
  http::Politeness politeness;
  for (int i = 0; i < 100; ++i) {
    CHECK(politeness.add_sample(late));
    CHECK(politeness.add_sample(late));
    CHECK(note(politeness, on_time, http::Politeness::remembered - 2));
  }
}

TEST_CASE("who is kept waiting stops being polite, and begins again when it has been on time for long") {
  http::Politeness politeness;
  CHECK(note(politeness, on_time, 20));
  CHECK(politeness.add_sample(late));
  CHECK(politeness.add_sample(on_time));
  CHECK(politeness.add_sample(late));
  CHECK(politeness.add_sample(on_time));
  CHECK_FALSE(politeness.add_sample(late));
  CHECK_FALSE(note(politeness, on_time, http::Politeness::long_enough - 1));
  CHECK_FALSE(politeness.add_sample(late));
  CHECK_FALSE(note(politeness, on_time, http::Politeness::long_enough - 1));
  CHECK(politeness.add_sample(on_time));
}
