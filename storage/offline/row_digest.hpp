#pragma once
// Sums over sets of rows, in buckets by key: two sets of rows are the same when all sums are, and the buckets that
// differ say where to look. Adding commutes, so rows may come in any order and need not be kept.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <breakerd/storage/tables/table.hpp>

namespace breakerd {

class RowDigest {
 public:
  RowDigest() : sums_(tables * buckets_per_table) {}

  void add(Table table, std::string_view key, std::string_view value) {
    const std::uint64_t key_hash = mix(hash(key) + static_cast<std::uint64_t>(table));
    sums_[bucket_of(table, key_hash)] += mix(key_hash ^ mix(hash(value)));
    ++rows_;
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }

  /// The bucket of a row, from 0.
  [[nodiscard]] static std::size_t bucket(Table table, std::string_view key) {
    return bucket_of(table, mix(hash(key) + static_cast<std::uint64_t>(table)));
  }

  /// For each bucket whether the sums differ; empty when none does.
  [[nodiscard]] std::vector<bool> differences(const RowDigest& other) const {
    if (sums_ == other.sums_) return {};
    std::vector<bool> differ(sums_.size());
    for (std::size_t i = 0; i < sums_.size(); ++i) differ[i] = sums_[i] != other.sums_[i];
    return differ;
  }

 private:
  static constexpr std::size_t tables = static_cast<std::size_t>(last_table) + 1;
  static constexpr std::size_t buckets_per_table = 4'096;

  static std::uint64_t hash(std::string_view bytes) { return std::hash<std::string_view>{}(bytes); }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which every bit counts.
  static std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  static std::size_t bucket_of(Table table, std::uint64_t key_hash) {
    return static_cast<std::size_t>(table) * buckets_per_table + key_hash % buckets_per_table;
  }

  std::vector<std::uint64_t> sums_;
  std::uint64_t rows_ = 0;
};

}  // namespace breakerd
