#pragma once
// A program small enough to know what becomes of each of its mutants (mutate_test.py).

struct Tally {
  int all = 0;
  int good = 0;
};

int clamp(int value, int low, int high);
void count(Tally& tally, bool good);
