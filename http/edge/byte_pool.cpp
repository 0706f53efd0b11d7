#include <breakerd/http/edge/byte_pool.hpp>

#include <algorithm>
#include <cassert>
#include <vector>

namespace breakerd::http {

bool BytePool::take(std::size_t bytes) noexcept {
  std::size_t used = used_;
  while (used + bytes <= max_)
    if (used_.compare_exchange_weak(used, used + bytes)) return true;
  return false;
}

bool BytePool::try_take(std::size_t bytes) noexcept { return waiting_ == 0 && take(bytes); }

void BytePool::wait(std::size_t bytes, Waiter& waiter) {
  assert(bytes <= max_);
  {
    const std::lock_guard lock{mutex_};
    queue_.push_back({bytes, &waiter});
    waiting_ = queue_.size();
  }
  grant();  // what was given back before it was in the queue has woken nobody
}

bool BytePool::cancel(const Waiter& waiter) {
  bool found = false;
  {
    const std::lock_guard lock{mutex_};
    const auto at = std::find_if(queue_.begin(), queue_.end(), [&](const Waiting& w) { return w.waiter == &waiter; });
    found = at != queue_.end();
    if (found) queue_.erase(at);
    waiting_ = queue_.size();
  }
  if (found) grant();  // it may have stood before one that needs less
  return found;
}

void BytePool::release(std::size_t bytes) noexcept {
  if (bytes == 0) return;
  used_ -= bytes;
  if (waiting_ != 0) grant();
}

void BytePool::grant() noexcept {
  for (;;) {
    Waiter* first = nullptr;
    {
      const std::lock_guard lock{mutex_};
      if (queue_.empty() || !take(queue_.front().bytes)) return;
      first = queue_.front().waiter;
      queue_.pop_front();
      waiting_ = queue_.size();
    }
    first->granted();
  }
}

}  // namespace breakerd::http
