#pragma once
// Finds keys that occur twice in one object, at any depth, without keeping the keys.

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include <breakerd/http/json/limits.hpp>

namespace breakerd::http {

class DuplicateKeys {
 public:
  /// `secret` keeps bodies from being made that fill one bucket of the set.
  explicit DuplicateKeys(std::uint64_t secret) : secret_{secret} {}

  /// At most json_depth_max + 1 are open at a time: the one that is too deep is opened before it is refused.
  void open_object();
  void close_object();

  /// False when the innermost open object has had `key` already. Keys are told apart by 64 bits of hash: at worst a
  /// body made for it is refused, and the asker harms only his own request.
  [[nodiscard]] bool add(std::string_view key);

 private:
  /// Up to so many keys a linear look is cheaper than a set.
  static constexpr std::size_t few = 16;
  static constexpr std::size_t open_max = json_depth_max + 1;
  static constexpr std::size_t hashes_max = open_max * (few + 1);

  struct Open {
    std::size_t first;  ///< of its hashes in hashes_
    std::uint64_t serial;
  };

  [[nodiscard]] std::uint64_t mixed(std::uint64_t hash, std::uint64_t serial) const;

  const std::uint64_t secret_;
  // Neither is filled with zeros: a body of a few keys should cost no more than they do.
  std::array<Open, open_max> open_;
  std::array<std::uint64_t, hashes_max> hashes_;
  std::size_t open_count_ = 0;
  std::size_t hash_count_ = 0;
  std::unordered_set<std::uint64_t> many_;  ///< keys of objects with more than a few, mixed with the object's serial
  std::uint64_t serials_ = 0;
};

}  // namespace breakerd::http
