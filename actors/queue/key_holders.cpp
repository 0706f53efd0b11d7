#include <breakerd/actors/queue/key_holders.hpp>

namespace breakerd {

std::optional<JobId> KeyHolders::find(const std::string& key) const {
  const auto at = changes_.find(key);
  return at == changes_.end() ? std::nullopt : std::optional{at->second.holder};
}

void KeyHolders::set(const std::string& key, JobId holder, std::uint64_t number) {
  changes_[key] = {holder, number};
  order_.emplace_back(number, key);
}

void KeyHolders::prune(std::uint64_t committed) {
  for (; !order_.empty() && order_.front().first <= committed; order_.pop_front()) {
    const auto at = changes_.find(order_.front().second);
    if (at != changes_.end() && at->second.number <= committed) changes_.erase(at);
  }
}

void KeyHolders::clear() {
  changes_.clear();
  order_.clear();
}

}  // namespace breakerd
