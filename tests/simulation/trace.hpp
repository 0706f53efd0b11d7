#pragma once
// What happened, as one number: two runs that did the same have the same. And, when asked for, as lines to read.

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/simulation/timeline.hpp"

namespace breakerd::simulation {

class Trace {
 public:
  explicit Trace(const Timeline& timeline, std::FILE* lines = nullptr) : timeline_{timeline}, lines_{lines} {}

  /// For what a reader wants to see.
  void line(std::string_view text) {
    add(text);
    if (lines_ != nullptr)
      std::fprintf(lines_, "%12.6f %.*s\n", static_cast<double>(timeline_.now().count()) / 1e6,
                   static_cast<int>(text.size()), text.data());
  }
  /// For what happens too often to be read.
  void add(std::string_view bytes) {
    for (const char byte : bytes) mix(static_cast<std::uint8_t>(byte));
    add(bytes.size());
  }
  void add(std::uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8) mix(static_cast<std::uint8_t>(number >> shift));
  }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] bool has_lines() const { return lines_ != nullptr; }

 private:
  /// FNV-1a, 64 bits.
  void mix(std::uint8_t byte) { hash_ = (hash_ ^ byte) * 0x100000001B3ULL; }

  const Timeline& timeline_;
  std::FILE* lines_;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace breakerd::simulation
