#pragma once
// What happened, as one number: two runs that did the same have the same. And, when asked for, as lines to read.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

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
    add(bytes.size());
    for (std::uint64_t word = 0; !bytes.empty(); add(std::exchange(word, 0))) {
      const std::size_t taken = std::min(bytes.size(), sizeof word);
      std::memcpy(&word, bytes.data(), taken);
      bytes.remove_prefix(taken);
    }
  }
  void add(std::uint64_t number) { hash_ = (hash_ ^ number ^ (hash_ >> 29)) * 0x100000001B3ULL; }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] bool has_lines() const { return lines_ != nullptr; }

 private:
  const Timeline& timeline_;
  std::FILE* lines_;
  /// As FNV-1a does, in words of eight bytes: answers are long.
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
};

}  // namespace breakerd::simulation
