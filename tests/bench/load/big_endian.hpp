// Numbers in network byte order, as binary protocols write them.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace breakerd::load {

template <std::unsigned_integral Number>
void append_big_endian(std::string& out, Number number) {
  for (std::size_t byte = sizeof(Number); byte-- > 0;) out += static_cast<char>((number >> (8 * byte)) & 0xff);
}

/// `in` holds at least sizeof(Number) bytes.
template <std::unsigned_integral Number>
[[nodiscard]] Number read_big_endian(std::string_view in) {
  Number number = 0;
  for (std::size_t byte = 0; byte < sizeof(Number); ++byte) {
    number = static_cast<Number>((number << 8) | static_cast<unsigned char>(in[byte]));
  }
  return number;
}

}  // namespace breakerd::load
