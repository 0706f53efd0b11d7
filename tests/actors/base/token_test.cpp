// What the shells draw.

#include <breakerd/actors/base/token.hpp>

#include <algorithm>

#include "tests/support/catch.hpp"
#include "tests/support/story.hpp"

using namespace breakerd;
using namespace breakerd::test;

namespace {

/// Always the same bytes.
class Constant final : public Randomness {
 public:
  explicit Constant(std::uint8_t byte) : byte_{byte} {}
  void fill(std::span<std::uint8_t> bytes) override { std::fill(bytes.begin(), bytes.end(), byte_); }

 private:
  std::uint8_t byte_;
};

}  // namespace

TEST_CASE("campaign ids are in the order of creation, within one millisecond and when the clock is set back") {
  RandomSource source{machine_randomness()};
  CampaignId last = source.campaign_id(at(10));
  for (int i = 0; i < 1'000; ++i) {
    const CampaignId next = source.campaign_id(i % 3 == 0 ? at(5) : at(10));
    REQUIRE(last < next);
    last = next;
  }
}

TEST_CASE("campaign ids stay in order when the random part is at its greatest") {
  Constant ones{0xFF};
  RandomSource source{ones};
  const CampaignId first = source.campaign_id(at(10));
  const CampaignId second = source.campaign_id(at(10));
  CHECK(first < second);
  CHECK(second < source.campaign_id(at(10)));
}

TEST_CASE("a token is 128 bits in hexadecimal") {
  Constant bytes{0xA5};
  CHECK(RandomSource{bytes}.token() == "a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
}
