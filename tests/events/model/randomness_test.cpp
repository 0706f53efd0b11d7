#include <breakerd/events/model/randomness.hpp>

#include <algorithm>
#include <array>

#include "tests/support/catch.hpp"
#include "tests/support/counting_randomness.hpp"

using namespace breakerd;

TEST_CASE("the machine's randomness fills all of what it is given, each time anew") {
  std::array<std::uint8_t, 64> first{};
  std::array<std::uint8_t, 64> second{};
  machine_randomness().fill(first);
  machine_randomness().fill(second);
  CHECK(first != second);
  // A byte is 0 in one draw of 256: sixteen in a row are one that was left out.
  const auto all_zero = [](auto from) { return std::all_of(from, from + 16, [](auto byte) { return byte == 0; }); };
  for (auto from = first.begin(); from != first.end(); from += 16) CHECK_FALSE(all_zero(from));
}

TEST_CASE("a drawn number uses all eight bytes") {
  test::CountingRandomness counting;
  CHECK(draw_number(counting) == 0x0807060504030201);
  CHECK(draw_number(counting) == 0x100F0E0D0C0B0A09);
}
