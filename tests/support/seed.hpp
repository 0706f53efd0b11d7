#pragma once
// The seed of a test with random choices: the same for all tests of a run, printed, and given by BREAKERD_TEST_SEED.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

namespace breakerd::test {

/// What BREAKERD_TEST_SEED says, else a new one for this process. Throws when it says no number.
inline std::uint32_t test_seed() {
  static const std::uint32_t seed = [] {
    const char* given = std::getenv("BREAKERD_TEST_SEED");
    const auto chosen = given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device{}();
    std::cout << "BREAKERD_TEST_SEED=" << chosen << " repeats the random choices of this run" << std::endl;
    return chosen;
  }();
  return seed;
}

}  // namespace breakerd::test
