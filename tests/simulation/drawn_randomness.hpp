#pragma once
// What the daemon takes for the system's randomness, drawn from the seed.

#include <breakerd/events/model/randomness.hpp>
#include "tests/simulation/chance.hpp"

namespace breakerd::simulation {

class DrawnRandomness final : public Randomness {
 public:
  explicit DrawnRandomness(Chance chance) : chance_{chance} {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(chance_.next() >> 56);
  }

 private:
  Chance chance_;
};

}  // namespace breakerd::simulation
