// Pauses between attempts.

#include <breakerd/http/ctl/client/backoff.hpp>

#include <set>

#include "tests/support/catch.hpp"
#include "tests/support/counting_randomness.hpp"

using namespace breakerd;
using namespace breakerd::ctl;
using namespace std::chrono_literals;

TEST_CASE("pauses double up to the longest, each between a half and the whole of its step", "[cli][backoff]") {
  ctl::Backoff backoff{100ms, 1'000ms, machine_randomness()};
  for (int round = 0; round < 20; ++round) {
    for (const auto whole : {100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms}) {
      const auto pause = backoff.next();
      CHECK(pause >= whole / 2);
      CHECK(pause <= whole);
    }
    backoff.reset();
  }
}

TEST_CASE("every pause from a half to the whole comes up", "[cli][backoff]") {
  ctl::Backoff backoff{7ms, 7ms, machine_randomness()};  // 3 to 7
  std::set<std::chrono::milliseconds> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(backoff.next());
  CHECK(seen == std::set<std::chrono::milliseconds>{3ms, 4ms, 5ms, 6ms, 7ms});
}

TEST_CASE("pauses repeat with the randomness they come from", "[cli][backoff]") {
  breakerd::test::CountingRandomness one;
  breakerd::test::CountingRandomness same;
  ctl::Backoff first{1'000ms, 60'000ms, one};
  ctl::Backoff second{1'000ms, 60'000ms, same};
  for (int i = 0; i < 10; ++i) CHECK(first.next() == second.next());
}
