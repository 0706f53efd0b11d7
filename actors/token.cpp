#include "actors/token.hpp"

#include <algorithm>

#include "events/digest.hpp"

namespace breakerd {

template <std::size_t n>
std::array<std::uint8_t, n> RandomSource::take() {
  if (block_.size() - used_ < n) {
    randomness_.fill(block_);
    used_ = 0;
  }
  std::array<std::uint8_t, n> bytes;
  std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(used_), n, bytes.begin());
  used_ += n;
  return bytes;
}

std::string RandomSource::token() { return to_hex(take<16>()); }

CampaignId RandomSource::campaign_id(Time now) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return Uuid::v7(static_cast<std::uint64_t>(ms), take<10>());
}

}  // namespace breakerd
