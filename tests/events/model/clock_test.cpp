#include <breakerd/events/model/clock.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

TEST_CASE("the machine's clock tells today's time, and a steady one that never goes back") {
  const Clock& clock = machine_clock();
  CHECK(clock.wall() > Time{std::chrono::seconds{1'700'000'000}});
  const SteadyTime first = clock.steady();
  CHECK(clock.steady() >= first);
}
