// How often in a row it is a lane's turn.

#include <vector>

#include <breakerd/events/rules/turns.hpp>
#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;
using Types = std::vector<std::string>;

TEST_CASE("a lane has as many turns in a row as its weight says, and none of them when it has no job") {
  TurnOrder order;
  order.list(campaign_id(1), 1, Types{"mail"});
  order.list(campaign_id(2), 2, Types{"mail"});
  Round round;
  const auto next = [&] {
    const auto turn = *order.next(round.behind(), 0, {});
    round.take(turn.turn, turn.turn == 1 ? 3 : 1);
    return turn.turn;
  };
  std::vector<Ordinal> turns;
  for (int i = 0; i < 9; ++i) turns.push_back(next());
  CHECK(turns == std::vector<Ordinal>{1, 1, 1, 2, 1, 1, 1, 2, 1});
  round.end_turn();
  CHECK(next() == 2);
  CHECK(next() == 1);
  order.list(campaign_id(1), 1, Types{});
  CHECK(next() == 2);
  CHECK(next() == 2);
}
