#include <breakerd/events/model/ids.hpp>

#include <cstring>

#include <breakerd/events/model/hex.hpp>

namespace breakerd {
namespace {

constexpr std::size_t text_length = 36;

constexpr bool is_dash_position(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

void Uuid::append_to(std::string& out) const {
  char text[text_length];
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    if (is_dash_position(at)) text[at++] = '-';
    text[at++] = hex_digit(byte >> 4);
    text[at++] = hex_digit(byte & 15);
  }
  out.append(text, text_length);
}

std::string Uuid::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != text_length) return std::nullopt;
  Uuid id;
  std::size_t at = 0;
  for (std::uint8_t& byte : id.bytes) {
    if (is_dash_position(at) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    byte = static_cast<std::uint8_t>(high << 4 | low);
    at += 2;
  }
  return id;
}

Uuid Uuid::v7(std::uint64_t unix_ms, const std::array<std::uint8_t, 10>& random) noexcept {
  Uuid id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  for (std::size_t i = 0; i < random.size(); ++i) id.bytes[6 + i] = random[i];
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

}  // namespace breakerd

std::size_t std::hash<breakerd::Uuid>::operator()(const breakerd::Uuid& id) const noexcept {
  // The last eight bytes of a v7 id are random.
  std::size_t value = 0;
  std::memcpy(&value, id.bytes.data() + 8, sizeof value);
  return value;
}
