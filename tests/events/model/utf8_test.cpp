#include <breakerd/events/model/utf8.hpp>

#include "tests/support/catch.hpp"

using namespace breakerd;

namespace {

/// `point` in `size` bytes, whether that is its right size or not.
std::string encoded(unsigned point, unsigned size) {
  if (size == 1) return std::string(1, static_cast<char>(point));
  std::string bytes;
  const unsigned marks = 0xF00U >> size & 0xFF;  // as many ones as bytes, from the top
  bytes += static_cast<char>(marks | point >> 6 * (size - 1));
  for (unsigned left = size - 1; left-- > 0;) bytes += static_cast<char>(0x80 | (point >> 6 * left & 0x3F));
  return bytes;
}

unsigned right_size(unsigned point) { return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4; }

bool is_surrogate(unsigned point) { return point >= 0xD800 && point <= 0xDFFF; }

Utf8Sequence first_of(std::string_view text) { return utf8_sequence(text.data(), text.data() + text.size()); }

}  // namespace

TEST_CASE("UTF-8 is every code point but surrogates, in as few bytes as it takes") {
  std::size_t wrong = 0;
  for (unsigned size = 1; size <= 4; ++size) {
    const unsigned bits = size == 1 ? 7 : 5 * size + 1;
    for (unsigned point = 0; point < 1U << bits; ++point) {
      const bool wanted = size == right_size(point) && point <= 0x10FFFF && !is_surrogate(point);
      const std::string bytes = encoded(point, size);
      if (is_utf8(bytes) != wanted || utf8_length(bytes) != (wanted ? size : 0)) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("UTF-8 is told from what is not") {
  for (const char* good : {"", "abc", "a\u00e9\u20ac\U0001F600", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
                           "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    CHECK(is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2z", "\xE0\x9F\xBF", "\xED\xA0\x80",
                          "\xE2\x82", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    CHECK_FALSE(is_utf8(bad));
    CHECK_FALSE(is_utf8("ab" + std::string{bad}));
    CHECK(is_utf8(to_utf8(bad)));
  }
}

TEST_CASE("of what is not UTF-8 the byte that is wrong is told") {
  CHECK(first_of("\x80").size == 0);
  CHECK(first_of("\xC2").size == 1);
  CHECK(first_of("\xC2z").size == 1);
  CHECK(first_of("\xE0\x9F\xBF").size == 1);
  CHECK(first_of("\xE2\x82").size == 2);
  CHECK(first_of("\xF0\x90\x80z").size == 3);
  CHECK_FALSE(first_of("\xF0\x90\x80z").well_formed);
}

TEST_CASE("bytes that are not UTF-8 are replaced one by one") {
  CHECK(to_utf8("a\xff"
                "b") == "a\uFFFDb");
  CHECK(to_utf8("\xE2\x82") == "\uFFFD\uFFFD");
  CHECK(to_utf8("") == "");
}

TEST_CASE("what is made UTF-8 is cut between characters") {
  CHECK(to_utf8("ab\u20ac", 5) == "ab\u20ac");
  CHECK(to_utf8("ab\u20ac", 4) == "ab");
  CHECK(to_utf8("a\xff", 3) == "a");
  CHECK(to_utf8("a\xff", 4) == "a\uFFFD");
  CHECK(to_utf8("ab", 0) == "");
}

TEST_CASE("cutting text leaves whole characters") {
  CHECK(utf8_prefix("a\u00e9", 2) == "a");
  CHECK(utf8_prefix("a\u00e9", 3) == "a\u00e9");
  CHECK(utf8_suffix("\u00e9a", 2) == "a");
  CHECK(utf8_suffix("", 2).empty());
}

TEST_CASE("code points are counted, not bytes") {
  CHECK(code_points("") == 0);
  CHECK(code_points("a\u00e9\u20ac\U0001F600") == 4);
}
