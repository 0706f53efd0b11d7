#include <breakerd/actors/base/token.hpp>

#include <algorithm>
#include <bit>

#include <breakerd/events/model/hex.hpp>

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

std::uint64_t RandomSource::number() { return std::bit_cast<std::uint64_t>(take<sizeof(std::uint64_t)>()); }

Salt RandomSource::salt() { return take<16>(); }

OperationId RandomSource::operation_id() { return {take<16>()}; }

CampaignId RandomSource::campaign_id(Time now) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  if (ms > last_ms_) {
    last_ms_ = ms;
    last_tail_ = take<10>();
  } else {
    // One more than the last one, without the bits that say version and variant, which are in the first three bytes.
    auto byte = last_tail_.rbegin();
    while (byte != last_tail_.rend() - 3 && ++*byte == 0) ++byte;
    if (byte == last_tail_.rend() - 3) ++last_ms_;
  }
  return Uuid::v7(static_cast<std::uint64_t>(last_ms_), last_tail_);
}

}  // namespace breakerd
