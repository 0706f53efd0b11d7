#include <breakerd/events/rules/backoff.hpp>

#include <vector>

#include "tests/support/results.hpp"

using namespace breakerd;
using Delays = std::vector<std::uint32_t>;

namespace {

/// Those of the first failures.
Delays delays(const Backoff& backoff, std::uint32_t count, std::uint64_t chance = 0) {
  Delays all;
  for (std::uint32_t attempt = 1; attempt <= count; ++attempt) all.push_back(retry_delay_ms(backoff, attempt, chance));
  return all;
}

}  // namespace

TEST_CASE("a fixed backoff waits equally long each time") {
  CHECK(delays({BackoffKind::fixed, Jitter::none, 700}, 3) == Delays{700, 700, 700});
}

TEST_CASE("an exponential one waits longer each time, up to its bound") {
  CHECK(delays({BackoffKind::exponential, Jitter::none, 1'000, 9'000, 2}, 6) ==
        Delays{1'000, 2'000, 4'000, 8'000, 9'000, 9'000});
  CHECK(delays({BackoffKind::exponential, Jitter::none, 5, 600, 10}, 4) == Delays{5, 50, 500, 600});
  CHECK(delays({BackoffKind::exponential, Jitter::none, 0, 600, 10}, 3) == Delays{0, 0, 0});
  CHECK(delays({BackoffKind::exponential, Jitter::none, 9, 600, 1}, 3) == Delays{9, 9, 9});
}

TEST_CASE("the bound holds from the first failure on, and after a thousand") {
  const Backoff backoff{BackoffKind::exponential, Jitter::none, 4'000'000'000, 3'000'000'000, 100};
  CHECK(retry_delay_ms(backoff, 1, 0) == 3'000'000'000);
  CHECK(retry_delay_ms(backoff, 1'000, 0) == 3'000'000'000);
}

TEST_CASE("a list is gone through once, and its last delay is kept") {
  CHECK(delays({BackoffKind::list, Jitter::none, 0, 600'000, 2, {10, 500, 20}}, 5) == Delays{10, 500, 20, 20, 20});
}

TEST_CASE("jitter gives any time from 0 to the delay") {
  const Backoff backoff{BackoffKind::fixed, Jitter::full, 3};
  Delays found;
  for (std::uint64_t chance = 0; chance < 8; ++chance) found.push_back(retry_delay_ms(backoff, 1, chance));
  CHECK(found == Delays{0, 1, 2, 3, 0, 1, 2, 3});
}

TEST_CASE("by default the first delay is up to a second, and no delay is longer than ten minutes") {
  CHECK(retry_delay_ms({}, 1, 1'000) == 1'000);
  CHECK(retry_delay_ms({}, 1, 1'001) == 0);
  CHECK(retry_delay_ms({}, 50, 600'000) == 600'000);
}
