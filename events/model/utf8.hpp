#pragma once
// UTF-8: well-formed is what the Unicode standard says in table 3-7 (no overlong forms, no surrogates, nothing above
// U+10FFFF). Pure; any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace breakerd {

/// The bytes of one character.
struct Utf8Sequence {
  std::size_t size =
      0;  ///< how many bytes; when it is not well-formed, how many before the one that is wrong or missing
  bool well_formed = false;
};

/// The sequence that begins at `at`, which is before `end`.
[[nodiscard]] constexpr Utf8Sequence utf8_sequence(const char* at, const char* end) {
  const auto is_within = [&](std::size_t i, unsigned char low, unsigned char high) {
    return at + i != end && static_cast<unsigned char>(at[i]) >= low && static_cast<unsigned char>(at[i]) <= high;
  };
  const auto lead = static_cast<unsigned char>(*at);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {0, false};
  if (lead < 0xE0) return is_within(1, 0x80, 0xBF) ? Utf8Sequence{2, true} : Utf8Sequence{1, false};
  if (lead < 0xF0) {
    if (!is_within(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF)) return {1, false};
    return is_within(2, 0x80, 0xBF) ? Utf8Sequence{3, true} : Utf8Sequence{2, false};
  }
  if (!is_within(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF)) return {1, false};
  if (!is_within(2, 0x80, 0xBF)) return {2, false};
  return is_within(3, 0x80, 0xBF) ? Utf8Sequence{4, true} : Utf8Sequence{3, false};
}

/// How many bytes the character that `text` begins with has; 0 when that is not well-formed. `text` is not empty.
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) {
  const Utf8Sequence first = utf8_sequence(text.data(), text.data() + text.size());
  return first.well_formed ? first.size : 0;
}

/// Whether all of `text` is well-formed.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD for each byte that is not part of UTF-8, and cut to at most `bytes_max` bytes, never inside a
/// character.
[[nodiscard]] std::string to_utf8(std::string_view text, std::size_t bytes_max = std::string_view::npos);

/// The longest prefix, or suffix, of at most `bytes_max` bytes that does not cut a character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) noexcept;
[[nodiscard]] std::string_view utf8_suffix(std::string_view text, std::size_t bytes_max) noexcept;

/// How many code points UTF-8 text has; of other text, how many bytes that do not continue a character.
[[nodiscard]] std::size_t code_points(std::string_view text) noexcept;

}  // namespace breakerd
