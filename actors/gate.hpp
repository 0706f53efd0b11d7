#pragma once
// The gate: the in-memory answer to "may work go out?". State and epoch share one atomic word, so a reader sees both of
// the same moment. Shut from the start, when an opening begins, when storage fails and at shutdown; opened only by the
// log actor, when a closed circuit is durable; never again after shut_for_good(). Any thread may read; the word
// outlives the actor system.

#include <atomic>
#include <cstdint>

#include "events/ids.hpp"

namespace breakerd {

class Gate {
 public:
  struct View {
    bool allowed = false;
    Epoch epoch = 0;
  };

  /// One acquire load.
  [[nodiscard]] bool allows() const noexcept { return (word_.load(std::memory_order_acquire) & allowed) != 0; }
  [[nodiscard]] View view() const noexcept {
    const std::uint64_t word = word_.load(std::memory_order_acquire);
    return {(word & allowed) != 0, word >> epoch_shift};
  }

  void shut() noexcept { word_.fetch_and(~allowed, std::memory_order_acq_rel); }
  /// An actor has ended that must not, or the daemon is shutting down.
  void shut_for_good() noexcept {
    word_.fetch_or(ended, std::memory_order_acq_rel);
    shut();
  }
  void set(bool open, Epoch epoch) noexcept {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    std::uint64_t next = 0;
    do next = epoch << epoch_shift | (word & ended) | (open && (word & ended) == 0 ? allowed : 0);
    while (!word_.compare_exchange_weak(word, next, std::memory_order_acq_rel));
  }

 private:
  static constexpr std::uint64_t allowed = 1;
  static constexpr std::uint64_t ended = 2;
  static constexpr int epoch_shift = 2;

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace breakerd
