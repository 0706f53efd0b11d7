// Checks everything but Tally::all.

#include "tests/mutate/sample/sample.hpp"

int main() {
  Tally tally;
  count(tally, true);
  count(tally, true);
  count(tally, false);
  const bool ok = clamp(0, 1, 3) == 1 && clamp(2, 1, 3) == 2 && clamp(9, 1, 3) == 3 && tally.good == 2;
  return ok ? 0 : 1;
}
