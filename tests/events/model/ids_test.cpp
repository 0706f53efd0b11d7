#include <breakerd/events/model/ids.hpp>

#include <breakerd/events/codec/digest.hpp>
#include <breakerd/events/model/hex.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;

TEST_CASE("a uuid is read in either case and written in lower case") {
  const std::string text = "018f6b2e-7c1a-7d3e-9f00-0123456789ab";
  const auto id = Uuid::parse(text);
  REQUIRE(id);
  CHECK(id->to_string() == text);
  CHECK(Uuid::parse("018F6B2E-7C1A-7D3E-9F00-0123456789AB") == id);
  CHECK(id->bytes[0] == 0x01);
  CHECK(id->bytes[15] == 0xab);
  CHECK_FALSE(id->is_nil());
}

TEST_CASE("the nil uuid means none") {
  CHECK(Uuid{}.is_nil());
  CHECK(Uuid{}.to_string() == "00000000-0000-0000-0000-000000000000");
  CHECK(Uuid::parse(Uuid{}.to_string()) == Uuid{});
}

TEST_CASE("what is no canonical uuid is refused") {
  for (const char* text : {"", "018f6b2e", "018f6b2e7c1a7d3e9f000123456789ab", "018f6b2e-7c1a-7d3e-9f00-0123456789a",
                           "018f6b2e-7c1a-7d3e-9f00-0123456789abc", "018f6b2e-7c1a-7d3e-9f00-0123456789ag",
                           "018f6b2e-7c1a-7d3e-9f000-123456789ab", "{18f6b2e-7c1a-7d3e-9f00-0123456789a}",
                           "018f6b2e 7c1a 7d3e 9f00 0123456789ab", "0 8f6b2e-7c1a-7d3e-9f00-0123456789ab"})
    CHECK_FALSE(Uuid::parse(text));
}

TEST_CASE("a version 7 uuid has its version and variant, and sorts by time") {
  std::array<std::uint8_t, 10> ones{};
  ones.fill(0xff);
  const Uuid early = Uuid::v7(0x0123456789ab, ones);
  CHECK(early.to_string() == "01234567-89ab-7fff-bfff-ffffffffffff");
  CHECK(Uuid::v7(0x0123456789ab, {}).to_string() == "01234567-89ab-7000-8000-000000000000");
  CHECK(early < Uuid::v7(0x0123456789ac, {}));
  CHECK(Uuid::v7((std::uint64_t{1} << 48) - 1, {}).bytes[5] == 0xff);
}

TEST_CASE("SHA-256 and the chain give known values") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string first = std::string(32, '\0') + std::string("\0\0\0\0\0\0\0\1", 8) + "abc";
  CHECK(chain(Digest{}, 1, "abc") == sha256(first));
  CHECK(chain(Digest{}, 2, "abc") != sha256(first));
}

TEST_CASE("a token is known by the front half of its digest") {
  CHECK(to_hex(digest_token("abc")) == "ba7816bf8f01cfea414140de5dae2223");
}
