#include "events/randomness.hpp"

#include <openssl/rand.h>

#include <limits>
#include <stdexcept>

namespace breakerd {
namespace {

class MachineRandomness final : public Randomness {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
        RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
      throw std::runtime_error{"the system has no randomness"};
  }
};

}  // namespace

Randomness& machine_randomness() {
  static MachineRandomness randomness;
  return randomness;
}

}  // namespace breakerd
