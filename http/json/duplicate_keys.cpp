#include <breakerd/http/json/duplicate_keys.hpp>

#include <algorithm>
#include <cassert>
#include <functional>

namespace breakerd::http {

/// The finalizer of SplitMix64.
std::uint64_t DuplicateKeys::mixed(std::uint64_t hash, std::uint64_t serial) const {
  std::uint64_t x = hash + secret_ + serial * 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

void DuplicateKeys::open_object() {
  assert(open_count_ < open_max);
  open_[open_count_++] = {hash_count_, ++serials_};
}

void DuplicateKeys::close_object() { hash_count_ = open_[--open_count_].first; }

bool DuplicateKeys::add(std::string_view key) {
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  const Open& object = open_[open_count_ - 1];
  const auto first = hashes_.begin() + object.first;
  const auto last = hashes_.begin() + hash_count_;
  const std::size_t count = hash_count_ - object.first;
  if (count < few) {
    if (std::find(first, last, hash) != last) return false;
    hashes_[hash_count_++] = hash;
    return true;
  }
  if (count == few) {
    for (auto known = first; known != last; ++known) many_.insert(mixed(*known, object.serial));
    hashes_[hash_count_++] = hash;  // marks that the set has taken over
  }
  return many_.insert(mixed(hash, object.serial)).second;
}

}  // namespace breakerd::http
