#include "tests/simulation/chance.hpp"

#include "tests/support/catch.hpp"

using breakerd::simulation::Chance;

TEST_CASE("the same seed draws the same numbers on every platform, for ever") {
  Chance chance{42};
  CHECK(chance.next() == 1546998764402558742u);
  CHECK(chance.next() == 6990951692964543102u);
  CHECK(Chance{1}.next() != Chance{2}.next());
}

TEST_CASE("each number below a bound is drawn, and none beyond it") {
  Chance chance{7};
  std::vector<int> counts(10);
  for (int draw = 0; draw < 10'000; ++draw) ++counts.at(chance.below(10));
  for (const int count : counts) CHECK((count > 850 && count < 1150));
  CHECK(chance.below(1) == 0);
}

TEST_CASE("a weight of nothing is never drawn") {
  Chance chance{7};
  for (int draw = 0; draw < 1'000; ++draw) CHECK(chance.weighted({0, 3, 0, 1}) % 2 == 1);
}
