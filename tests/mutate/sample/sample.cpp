#include "tests/mutate/sample/sample.hpp"

int clamp(int value, int low, int high) {
  if (value < low) return low;
  if (value > high) return high;
  return value;
}

void count(Tally& tally, bool good) {
  ++tally.all;
  if (good) ++tally.good;
}
