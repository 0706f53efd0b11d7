#pragma once
// Choices drawn from one seed, the same on every platform: xoshiro256** (Blackman and Vigna, public domain), its state
// filled by splitmix64. No standard distribution is used, because their results differ between libraries.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace breakerd::simulation {

class Chance {
 public:
  explicit Chance(std::uint64_t seed);

  /// 64 even bits.
  std::uint64_t next();
  /// A number in [0, bound), each as likely. `bound` is 1 or more.
  std::uint64_t below(std::uint64_t bound);
  /// A number in [least, most].
  std::int64_t between(std::int64_t least, std::int64_t most);
  /// True `per_mille` times in 1,000.
  bool per_mille(std::uint32_t per_mille) { return below(1000) < per_mille; }
  /// One of them; there is at least one.
  template <class T>
  const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }
  /// An index into `weights`, as likely as its weight; their sum is 1 or more.
  std::size_t weighted(const std::vector<std::uint32_t>& weights);
  /// A chance of its own for a part of the simulation, so that what one part draws does not move the others.
  Chance fork() { return Chance{next()}; }

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace breakerd::simulation
