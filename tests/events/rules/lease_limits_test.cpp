// Limits on leases: how they are set and removed.

#include <breakerd/events/model/limits.hpp>
#include <breakerd/events/rules/lease_limits.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/results.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

const LimitName apollo{LimitKind::service, "apollo"};

SetLeaseLimit set_to(std::optional<std::uint64_t> concurrency, std::optional<std::uint64_t> rate = {},
                     std::optional<std::uint64_t> burst = {}) {
  return {apollo, concurrency, rate, burst, "slow"};
}

}  // namespace

TEST_CASE("a limit is set, replaced as a whole, and removed") {
  LeaseLimits limits;
  const auto first = must(decide(limits, set_to(5)));
  REQUIRE(first);
  CHECK(first->burst == 0);
  evolve(limits, *first, "alice", at(5));
  CHECK(limits == LeaseLimits{{apollo, 5, 0, 0, "slow", "alice", at(5)}});
  CHECK(!must(decide(limits, set_to(5))));
  const auto second = must(decide(limits, set_to({}, 2'500)));
  REQUIRE(second);
  evolve(limits, *second, "bob", at(6));
  CHECK(limits == LeaseLimits{{apollo, 0, 2'500, 3, "slow", "bob", at(6)}});
  CHECK(find_limit(limits, apollo) == limits.data());
  CHECK(find_limit(limits, {LimitKind::job_type, "apollo"}) == nullptr);
  evolve(limits, must(decide(limits, RemoveLeaseLimit{apollo, "fast"})));
  CHECK(limits.empty());
  CHECK(error_of(decide(limits, RemoveLeaseLimit{apollo, "fast"})).code == ErrorCode::not_found);
}

TEST_CASE("without a burst, it is what comes in one second") {
  CHECK(burst_of(1) == 1);
  CHECK(burst_of(1'000) == 1);
  CHECK(burst_of(1'001) == 2);
  CHECK(burst_of(1'000'000'000) == 1'000'000);
  CHECK(must(decide({}, set_to({}, 500)))->burst == 1);
  CHECK(must(decide({}, set_to({}, 500, 7)))->burst == 7);
}

TEST_CASE("there is a bound to the number of limits, and those that are there can be changed at it") {
  LeaseLimits limits;
  for (std::size_t i = 0; i < limits::lease_limits_max; ++i)
    evolve(limits, LeaseLimitSet{LimitKind::job_type, "t" + std::to_string(i), 1, 0, 0, ""}, "alice", at(1));
  CHECK(error_of(decide(limits, set_to(5))).code == ErrorCode::limit);
  CHECK(must(decide(limits, SetLeaseLimit{{LimitKind::job_type, "t7"}, 2, {}, {}, ""})));
  CHECK(!fits(limits, LeaseLimitSet{LimitKind::service, "apollo", 1, 0, 0, ""}));
  CHECK(fits(limits, LeaseLimitSet{LimitKind::job_type, "t7", 2, 0, 0, ""}));
}

TEST_CASE("thousandths are written as people write numbers") {
  CHECK(decimal_text(0) == "0");
  CHECK(decimal_text(1) == "0.001");
  CHECK(decimal_text(50) == "0.05");
  CHECK(decimal_text(2'500) == "2.5");
  CHECK(decimal_text(10'000) == "10");
}
