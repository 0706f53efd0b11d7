#include "http/json/duplicate_keys.hpp"

#include <algorithm>
#include <functional>
#include <random>

namespace breakerd::http {
namespace {

/// Up to so many keys a linear look is cheaper than a set.
constexpr std::size_t few = 16;

/// The finalizer of SplitMix64. The secret keeps bodies from being made that fill one bucket of the set.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t serial) {
  static const std::uint64_t secret = std::random_device{}() * 0x100000001ULL;
  std::uint64_t x = hash + secret + serial * 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

void DuplicateKeys::open_object() { open_.push_back({hashes_.size(), ++serials_}); }

void DuplicateKeys::close_object() {
  hashes_.resize(open_.back().first);
  open_.pop_back();
}

bool DuplicateKeys::add(std::string_view key) {
  const std::uint64_t hash = std::hash<std::string_view>{}(key);
  const Open& object = open_.back();
  const auto first = hashes_.begin() + static_cast<std::ptrdiff_t>(object.first);
  const std::size_t count = hashes_.size() - object.first;
  if (count < few) {
    if (std::find(first, hashes_.end(), hash) != hashes_.end()) return false;
    hashes_.push_back(hash);
    return true;
  }
  if (count == few) {
    for (auto known = first; known != hashes_.end(); ++known) many_.insert(mixed(*known, object.serial));
    hashes_.push_back(hash);  // marks that the set has taken over
  }
  return many_.insert(mixed(hash, object.serial)).second;
}

}  // namespace breakerd::http
