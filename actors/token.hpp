#pragma once
// Randomness of the shells: lease tokens and campaign ids. From OpenSSL's generator, fetched in blocks.

#include <array>
#include <cstdint>
#include <string>

#include "events/ids.hpp"
#include "events/time.hpp"

namespace breakerd {

/// Not thread-safe: one per actor.
class RandomSource {
 public:
  /// 32 hexadecimal digits of 128 random bits.
  [[nodiscard]] std::string token();
  [[nodiscard]] CampaignId campaign_id(Time now);

 private:
  template <std::size_t n>
  std::array<std::uint8_t, n> take();

  std::array<std::uint8_t, 4096> block_{};
  std::size_t used_ = block_.size();
};

}  // namespace breakerd
