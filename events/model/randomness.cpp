#include <breakerd/events/model/randomness.hpp>

#include <openssl/rand.h>

#include <array>
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

std::uint64_t draw_number(Randomness& randomness) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes;
  randomness.fill(bytes);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) number |= std::uint64_t{bytes[i]} << (8 * i);
  return number;
}

Randomness& machine_randomness() {
  static MachineRandomness randomness;
  return randomness;
}

}  // namespace breakerd
