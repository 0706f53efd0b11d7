#pragma once
// Memory that clients can make the daemon hold, counted in bytes before it is used. Who finds no room waits, in order
// of arrival. Any thread.

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>

namespace breakerd::http {

class BytePool {
 public:
  /// `bytes_max` is what may be taken in all; 1 or more.
  explicit BytePool(std::size_t bytes_max) : max_{bytes_max} {}
  BytePool(const BytePool&) = delete;
  BytePool& operator=(const BytePool&) = delete;

  class Waiter {
   public:
    virtual ~Waiter() = default;
    /// The bytes waited for have been taken for it. Called once, on whatever thread gave some back, with no lock held:
    /// must be quick, and must not call the pool.
    virtual void granted() noexcept = 0;
  };

  /// The most that one can take at once. What needs more has the whole pool for itself.
  [[nodiscard]] std::size_t max() const { return max_; }

  /// Takes `bytes`, at most max(), when there is room and nobody waits.
  [[nodiscard]] bool try_take(std::size_t bytes) noexcept;

  /// Takes `bytes` when their turn has come, and says so to `waiter`, perhaps before this returns.
  void wait(std::size_t bytes, Waiter& waiter);

  /// True: `waiter` does not wait any more. False: it does not, because granted() was called, or is about to be.
  [[nodiscard]] bool cancel(const Waiter& waiter);

  /// Takes `bytes` whether there is room or not: for what is there already.
  void add(std::size_t bytes) noexcept { used_ += bytes; }

  void release(std::size_t bytes) noexcept;

  /// Somebody waits.
  [[nodiscard]] bool is_short() const noexcept { return waiting_ != 0; }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  struct Waiting {
    std::size_t bytes;
    Waiter* waiter;
  };

  [[nodiscard]] bool take(std::size_t bytes) noexcept;
  void grant() noexcept;

  const std::size_t max_;
  std::atomic<std::size_t> used_{0};
  std::atomic<std::size_t> waiting_{0};  ///< as many as are in the queue; written under the mutex
  std::mutex mutex_;
  std::deque<Waiting> queue_;  ///< guarded by mutex_
};

}  // namespace breakerd::http
