#pragma once
// Randomness that a test can foretell.

#include <breakerd/events/model/randomness.hpp>

namespace breakerd::test {

/// Gives the bytes 1, 2, 3 and so on; 0 comes after 255. One thread.
class CountingRandomness final : public Randomness {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = ++last_;
  }

 private:
  std::uint8_t last_ = 0;
};

}  // namespace breakerd::test
