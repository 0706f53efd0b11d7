#pragma once
// Where random tests begin.

#include <cstdlib>
#include <random>
#include <string>

namespace breakerd::test {

/// BREAKERD_TEST_SEED when the environment has it, else another one each time. A test that fails says the seed it had.
inline unsigned first_seed() {
  const char* given = std::getenv("BREAKERD_TEST_SEED");
  return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
}

}  // namespace breakerd::test
