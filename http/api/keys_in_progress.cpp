#include <breakerd/http/api/keys_in_progress.hpp>

#include <cstring>

namespace breakerd::http {

KeysInProgress::Answer KeysInProgress::claim(const RequestName& name) {
  std::uint64_t key = 0;
  std::memcpy(&key, name.key.data(), sizeof key);
  const std::lock_guard lock{mutex_};
  const auto [at, is_new] = names_.emplace(key, name);
  Answer answer;
  if (is_new)
    answer.claim.emplace(shared_from_this(), key);
  else
    answer.holder = at->second;
  return answer;
}

void KeysInProgress::release(std::uint64_t key) {
  const std::lock_guard lock{mutex_};
  names_.erase(key);
}

}  // namespace breakerd::http
