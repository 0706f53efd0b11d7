#pragma once
// The byte form of the log and of the projection's rows: fields one behind the other, no names. Numbers are LEB128
// varints, texts a length and their bytes, identifiers and digests their raw bytes, an optional a presence byte first.

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// Appends fields to a string.
class BinaryWriter {
 public:
  explicit BinaryWriter(std::string& out) : out_{out} {}

  /// Inlined by order: a row is little else, and the compiler finds it too large.
  [[gnu::always_inline]] void number(std::uint64_t value) {
    if (value < 0x80) return out_.push_back(static_cast<char>(value));  // most of them
    large_number(value);
  }
  void large_number(std::uint64_t value) {
    char bytes[10];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }
  template <std::size_t n>
  void raw(const std::array<std::uint8_t, n>& bytes) {
    out_.append(reinterpret_cast<const char*>(bytes.data()), n);
  }
  void time(Time value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }

 private:
  std::string& out_;
};

/// Takes fields off the front of a view. After the first field that is not there, ok() is false and every further one
/// comes back empty; so a whole record is read first and checked once.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : bytes_{bytes} {}

  [[nodiscard]] bool ok() const { return ok_; }
  /// True when everything was read and nothing is left over.
  [[nodiscard]] bool done() const { return ok_ && bytes_.empty(); }

  /// Each number has one form: neither bits beyond the 64th nor a last byte without bits is taken.
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte >= 0x80) continue;
      const bool is_overlong = byte == 0 && shift > 0;
      const bool is_too_large = shift == 63 && byte > 1;
      return is_overlong || is_too_large ? fail() : value;
    }
    return fail();
  }
  std::string_view text() {
    const std::uint64_t size = number();
    if (size > bytes_.size()) return fail(), std::string_view{};
    const std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  template <std::size_t n>
  void raw(std::array<std::uint8_t, n>& bytes) {
    if (bytes_.size() < n) return void(fail());
    std::memcpy(bytes.data(), bytes_.data(), n);
    bytes_.remove_prefix(n);
  }
  Time time() { return Time{Duration{static_cast<std::int64_t>(number())}}; }

 private:
  std::uint64_t fail() {
    ok_ = false;
    bytes_ = {};
    return 0;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

/// Big-endian, so that keys sort like the numbers.
inline void append_big_endian(std::string& out, std::uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<char>(value >> (56 - 8 * i));
  out.append(bytes, sizeof bytes);
}
[[nodiscard]] inline std::uint64_t read_big_endian(std::string_view eight_bytes) {
  std::uint64_t value = 0;
  for (const char c : eight_bytes.substr(0, 8)) value = value << 8 | static_cast<std::uint8_t>(c);
  return value;
}

}  // namespace breakerd
