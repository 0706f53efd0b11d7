#include <breakerd/events/model/hex.hpp>

#include <string_view>

#include "tests/support/catch.hpp"

using namespace breakerd;

TEST_CASE("every byte is two digits in lower case, which read back to it") {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = to_hex(std::array{static_cast<std::uint8_t>(byte)});
    INFO(text);
    REQUIRE(text.size() == 2);
    CHECK(hex_value(text[0]) * 16 + hex_value(text[1]) == byte);
  }
  CHECK(to_hex(std::array<std::uint8_t, 3>{0x00, 0xaf, 0x09}) == "00af09");
}

TEST_CASE("a digit is read in either case, and nothing else is one") {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    const auto place = digits.find(static_cast<char>(byte));
    const int wanted = place == std::string_view::npos ? -1 : static_cast<int>(place < 16 ? place : place - 6);
    INFO(byte);
    CHECK(hex_value(static_cast<char>(byte)) == wanted);
  }
}
