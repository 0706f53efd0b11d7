#pragma once
// Finds keys that occur twice in one object, at any depth, without keeping the keys.

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace breakerd::http {

class DuplicateKeys {
 public:
  void open_object();
  void close_object();

  /// False when the innermost open object has had `key` already. Keys are told apart by 64 bits of hash: at worst a
  /// body made for it is refused, and the asker harms only his own request.
  [[nodiscard]] bool add(std::string_view key);

 private:
  struct Open {
    std::size_t first;  ///< of its hashes in hashes_
    std::uint64_t serial;
  };

  std::vector<Open> open_;
  std::vector<std::uint64_t> hashes_;
  std::unordered_set<std::uint64_t> many_;  ///< keys of objects with more than a few, mixed with the object's serial
  std::uint64_t serials_ = 0;
};

}  // namespace breakerd::http
