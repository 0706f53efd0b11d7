#include <breakerd/events/model/hex.hpp>

namespace breakerd {

std::string to_hex(const std::uint8_t* bytes, std::size_t size) {
  std::string text(2 * size, '0');
  for (std::size_t i = 0; i < size; ++i) {
    text[2 * i] = hex_digit(bytes[i] >> 4);
    text[2 * i + 1] = hex_digit(bytes[i] & 15);
  }
  return text;
}

}  // namespace breakerd
