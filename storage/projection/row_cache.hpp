#pragma once
// A bounded write-back cache of rows in two halves: what was not touched while the young half filled up is dropped
// with the old one. Addresses of rows stay valid until turn_over() or clear().

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace breakerd {

template <class Key, class Row>
class RowCache {
 public:
  explicit RowCache(std::size_t rows_per_half) : rows_per_half_{rows_per_half} {}

  /// null when it is not cached.
  [[nodiscard]] Row* find(const Key& key) {
    if (last_ != nullptr && last_->first == key) return &last_->second;
    auto at = young_.find(key);
    if (at == young_.end()) {
      auto node = old_.extract(key);
      if (!node) return nullptr;
      at = young_.insert(std::move(node)).position;
    }
    last_ = &*at;
    return &at->second;
  }

  /// One that is cached.
  [[nodiscard]] const Row& at(const Key& key) const {
    const auto young = young_.find(key);
    return young != young_.end() ? young->second : old_.at(key);
  }

  Row& insert(const Key& key, Row row) {
    last_ = &*young_.insert_or_assign(key, std::move(row)).first;
    return last_->second;
  }

  /// To be called when no row is dirty.
  void turn_over() {
    if (young_.size() < rows_per_half_) return;
    last_ = nullptr;
    old_ = std::move(young_);
    young_ = {};
  }

  void erase_if(const auto& of_key) {
    last_ = nullptr;
    const auto of_entry = [&](const auto& entry) { return of_key(entry.first); };
    std::erase_if(young_, of_entry);
    std::erase_if(old_, of_entry);
  }

  void clear() {
    last_ = nullptr;
    young_.clear();
    old_.clear();
  }

 private:
  std::size_t rows_per_half_;
  std::unordered_map<Key, Row> young_;
  std::unordered_map<Key, Row> old_;
  std::pair<const Key, Row>* last_ =
      nullptr;  ///< found or inserted last, in young_: one is asked for several times on end
};

}  // namespace breakerd
