#pragma once
// What the shells draw: lease tokens, salts, and the ids of campaigns and operations. Fetched in blocks, because each
// fetch has a price.

#include <array>
#include <cstdint>
#include <string>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/payload.hpp>
#include <breakerd/events/model/randomness.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Not thread-safe: one per actor.
class RandomSource {
 public:
  /// `randomness` outlives this. When it has none it throws, which ends the actor: better no token than a guessable
  /// one.
  explicit RandomSource(Randomness& randomness) : randomness_{randomness} {}

  /// 32 hexadecimal digits of 128 random bits.
  [[nodiscard]] std::string token();
  /// For a payload that is kept beside its event.
  [[nodiscard]] Salt salt();
  /// A number of which each value is as likely as any other.
  [[nodiscard]] std::uint64_t number();
  /// 128 random bits.
  [[nodiscard]] OperationId operation_id();
  /// Greater than all ids that this source has given, also within one millisecond and when the clock was set back: ids
  /// are in the order of creation (RFC 9562, section 6.2, method 2).
  [[nodiscard]] CampaignId campaign_id(Time now);

 private:
  template <std::size_t n>
  std::array<std::uint8_t, n> take();

  Randomness& randomness_;
  std::array<std::uint8_t, 4096> block_{};
  std::size_t used_ = block_.size();
  std::int64_t last_ms_ = -1;
  std::array<std::uint8_t, 10> last_tail_{};  ///< of the last campaign's id
};

}  // namespace breakerd
