#pragma once
// Of which types jobs have become ready since the leases that wait were last looked at. Belongs to the queue actor; no
// locks.

#include <set>
#include <string>
#include <string_view>

namespace breakerd {

class ReadyTypes {
 public:
  /// Jobs of this type may be ready now.
  void add(std::string_view type) {
    if (!all_ && types_.find(type) == types_.end()) types_.emplace(type);
  }
  /// Jobs of any type may be.
  void add_all() { all_ = true; }
  void add(const ReadyTypes& others) {
    if (others.all_) add_all();
    for (const std::string& type : others.types_) add(type);
  }
  void clear() { *this = {}; }

  [[nodiscard]] bool any() const { return all_ || !types_.empty(); }
  [[nodiscard]] bool all() const { return all_; }
  /// Each once. Not to be looked at when it is all of them.
  [[nodiscard]] const std::set<std::string, std::less<>>& types() const { return types_; }

 private:
  bool all_ = false;
  std::set<std::string, std::less<>> types_;
};

}  // namespace breakerd
