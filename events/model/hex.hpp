#pragma once
// Hexadecimal digits: written in lower case, read in either. Pure; any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace breakerd {

/// The digit for `value`, 0 to 15.
constexpr char hex_digit(unsigned value) { return "0123456789abcdef"[value]; }

/// What a digit stands for, 0 to 15; -1 when `c` is none.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Two digits for each byte.
[[nodiscard]] std::string to_hex(const std::uint8_t* bytes, std::size_t size);
template <std::size_t n>
[[nodiscard]] std::string to_hex(const std::array<std::uint8_t, n>& bytes) {
  return to_hex(bytes.data(), n);
}

}  // namespace breakerd
