// Room in memory: who gets it, and in which order.

#include <breakerd/http/edge/byte_pool.hpp>
#include <breakerd/http/edge/room.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd::http;

namespace {

struct Waiter final : BytePool::Waiter {
  void granted() noexcept override { ++times; }
  int times = 0;
};

}  // namespace

TEST_CASE("a pool gives what it has and no more") {
  BytePool pool{100};
  CHECK(pool.try_take(60));
  CHECK_FALSE(pool.try_take(41));
  CHECK(pool.try_take(40));
  pool.release(100);
  CHECK(pool.used() == 0);
}

TEST_CASE("who waits gets room in order of arrival, and nobody overtakes") {
  BytePool pool{100};
  Waiter large;
  Waiter small;
  REQUIRE(pool.try_take(50));
  pool.wait(80, large);
  pool.wait(10, small);
  CHECK(pool.is_short());
  CHECK_FALSE(pool.try_take(10));
  CHECK(small.times == 0);
  pool.release(50);
  CHECK(large.times == 1);
  CHECK(small.times == 1);
  CHECK(pool.used() == 90);
  CHECK_FALSE(pool.is_short());
}

TEST_CASE("a wait for what is there already is over at once") {
  BytePool pool{100};
  Waiter waiter;
  pool.wait(100, waiter);
  CHECK(waiter.times == 1);
  CHECK_FALSE(pool.cancel(waiter));
}

TEST_CASE("one who waits no more holds up nobody") {
  BytePool pool{100};
  Waiter large;
  Waiter small;
  REQUIRE(pool.try_take(50));
  pool.wait(80, large);
  pool.wait(10, small);
  CHECK(pool.cancel(large));
  CHECK(small.times == 1);
  pool.release(60);
  CHECK(large.times == 0);
  CHECK(pool.used() == 0);
}

TEST_CASE("a connection's allowance is used first, and everything is given back") {
  Pools pools{400'000};
  Holding holding{pools, 1'000'000};
  Charge small;
  REQUIRE(holding.take(Holding::own_max, Share::commands, small));
  CHECK(pools.commands.used() == 0);
  Charge more;
  REQUIRE(holding.take(1'000, Share::commands, more));
  REQUIRE(holding.take(500, Share::reads, more));
  CHECK(pools.commands.used() == 1'000);
  CHECK(pools.reads.used() == 500);
  CHECK(holding.uses_pools());
  holding.release(more, 700);
  CHECK(more.total() == 700);
  holding.release(more);
  holding.release(small);
  CHECK(pools.commands.used() + pools.reads.used() == 0);
  CHECK(holding.has_own(Holding::own_max));
  CHECK_FALSE(holding.uses_pools());
}

TEST_CASE("what is there already is counted even when there is no room") {
  Pools pools{400'000};
  Holding holding{pools, 1'000'000};
  Charge charge;
  CHECK(holding.add(Holding::own_max, Share::commands, charge));
  CHECK_FALSE(holding.add(500'000, Share::commands, charge));
  CHECK(pools.commands.used() == 500'000);
  holding.release(charge);
  CHECK(pools.commands.used() == 0);
}
