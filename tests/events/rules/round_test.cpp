// How often in a row it is a lane's turn.

#include <vector>

#include <breakerd/events/rules/turns.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Classes = std::vector<JobClass>;

namespace {

/// Nothing is held or limited.
struct Nothing {
  QueueState queue;
  LimitMeter limits;

  operator Leasable() { return {queue, limits, SteadyTime{}}; }
};

}  // namespace

TEST_CASE("workers of other job types do not move a lane's turn") {
  Rounds rounds;
  rounds.of({"mail"}).take(1, 3);
  rounds.of({"sms"}).take(default_lane_turn, 1);
  rounds.of({}).take(7, 1);
  CHECK(rounds.of({"mail"}).behind() == 0);  // it has turns left
  CHECK(rounds.of({"sms"}).behind() == default_lane_turn);
  CHECK(rounds.of({}).behind() == 7);
  for (int i = 0; i < 2'000; ++i) rounds.of({std::to_string(i)}).take(5, 1);
  CHECK(rounds.of({"mail"}).behind() == 0);  // begun anew
  CHECK(rounds.of({}).behind() == 7);
}

TEST_CASE("a smaller weight counts from the next turn on") {
  Round round;
  round.take(1, 100);
  round.take(1, 100);
  CHECK(round.behind() == 0);
  round.take(1, 1);
  CHECK(round.behind() == 1);
}

TEST_CASE("a lane is listed under the classes of which it has ready jobs, as they come and go") {
  TurnOrder order;
  const auto list = [&](std::vector<ClassCount> classes) { order.list(campaign_id(1), 5, classes); };
  const auto listed = [&] {
    std::string types;
    for (const char* type : {"a", "b", "c", "d"})
      if (order.next(0, Nothing{}, {type})) types += type;
    return types;
  };
  const auto ready = [](const char* type, std::uint64_t count = 1) { return ClassCount{{type, ""}, count, 1}; };
  list({ready("b"), ready("d")});
  CHECK(listed() == "bd");
  list({ready("a"), ready("b", 0), ready("c"), ready("d")});
  CHECK(listed() == "acd");
  list({ready("c")});
  CHECK(listed() == "c");
  list({ready("c", 0), ready("d")});
  CHECK(listed() == "d");
  CHECK(order.next(0, Nothing{}, {})->turn == 5);
  list({ready("d", 0)});
  CHECK(listed().empty());
  CHECK(!order.next(0, Nothing{}, {}));
}

TEST_CASE("a lane has as many turns in a row as its weight says, and none of them when it has no job") {
  TurnOrder order;
  order.list(campaign_id(1), 1, Classes{{"mail", ""}});
  order.list(campaign_id(2), 2, Classes{{"mail", ""}});
  Round round;
  const auto next = [&] {
    const auto turn = *order.next(round.behind(), Nothing{}, {});
    round.take(turn.turn, turn.turn == 1 ? 3 : 1);
    return turn.turn;
  };
  std::vector<Ordinal> turns;
  for (int i = 0; i < 9; ++i) turns.push_back(next());
  CHECK(turns == std::vector<Ordinal>{1, 1, 1, 2, 1, 1, 1, 2, 1});
  round.end_turn();
  CHECK(next() == 2);
  CHECK(next() == 1);
  order.list(campaign_id(1), 1, Classes{});
  CHECK(next() == 2);
  CHECK(next() == 2);
}
