#pragma once
// Which bytes a JSON string can hold as they are, eight at a time. Shared by the reader and the writer of JSON.

#include <bit>
#include <cstdint>
#include <cstring>

namespace breakerd {

/// True for what must be escaped in a JSON string: control characters, the quote and the backslash.
constexpr bool needs_json_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

namespace json_bytes {

inline constexpr std::uint64_t ones = 0x0101010101010101;
inline constexpr std::uint64_t tops = 0x8080808080808080;

/// The top bit of each byte of `word` that is below `limit` (at most 0x80). A borrow can mark bytes above the lowest
/// such byte wrongly, never below it, and never when there is none.
constexpr std::uint64_t below(std::uint64_t word, std::uint64_t limit) { return (word - ones * limit) & ~word & tops; }
constexpr std::uint64_t equal_to(std::uint64_t word, std::uint64_t byte) { return below(word ^ (ones * byte), 1); }

constexpr std::uint64_t escapes(std::uint64_t word) {
  return below(word, 0x20) | equal_to(word, '"') | equal_to(word, '\\');
}

/// The first byte from `at` on that is marked, by words where there are eight bytes left and one by one behind them.
template <class MarkWord, class MarkByte>
const char* find_marked(const char* at, const char* end, const MarkWord& mark_word, const MarkByte& mark_byte) {
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t marks = mark_word(word);
    if (marks == 0) continue;
    if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(marks) / 8;
    break;
  }
  while (at != end && !mark_byte(*at)) ++at;
  return at;
}

}  // namespace json_bytes

/// The first byte of [at, end) that must be escaped, or `end`.
inline const char* find_json_escape(const char* at, const char* end) {
  return json_bytes::find_marked(at, end, json_bytes::escapes, needs_json_escape);
}

/// The same, or a byte beyond ASCII if one comes before.
inline const char* find_json_escape_or_utf8(const char* at, const char* end) {
  return json_bytes::find_marked(
      at, end, [](std::uint64_t word) { return json_bytes::escapes(word) | (word & json_bytes::tops); },
      [](char c) { return needs_json_escape(c) || static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace breakerd
