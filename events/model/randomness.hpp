#pragma once
// Where the shells get chance from: lease tokens, ids, jitter. It is handed in, so that a simulation repeats itself.

#include <cstdint>
#include <span>

namespace breakerd {

/// All functions: any thread.
class Randomness {
 public:
  virtual ~Randomness() = default;
  /// Fills all of `bytes`. Throws std::runtime_error when the system has no randomness: better none than a weak one.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

/// A number of which each value is as likely as any other; the same on every machine for the same bytes. Throws as
/// fill().
[[nodiscard]] std::uint64_t draw_number(Randomness& randomness);

/// OpenSSL's generator: fit for secrets. Lives as long as the process.
[[nodiscard]] Randomness& machine_randomness();

}  // namespace breakerd
