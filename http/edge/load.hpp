#pragma once
// What all I/O threads of a server have under way together, and who gets in. Any thread.

#include <array>
#include <atomic>
#include <cstddef>

#include <breakerd/http/edge/limits.hpp>
#include <breakerd/http/edge/newcomer.hpp>
#include <breakerd/http/edge/room.hpp>

namespace breakerd::http {

class Load {
 public:
  explicit Load(const HttpLimits& limits);

  /// Counts a connection as the first kind that has room; when `scarce` (descriptors have run out), as one for
  /// operators only. leave() must follow.
  [[nodiscard]] Seat enter_shared(bool scarce);
  [[nodiscard]] Seat enter_local();
  void leave(Seat seat) { --counts_[static_cast<std::size_t>(seat)]; }

  /// Counts a request that waits, and its connection as a waiter's if it is not. False when there is no room for the
  /// one or the other.
  [[nodiscard]] bool begin_wait(Seat& counted_as);
  void end_wait() { --waiters_; }

  /// False while so many are being told that there is no room that newcomers are better left in the kernel's queue.
  [[nodiscard]] bool may_accept_shared() const { return has_place(Seat::shared) || may_accept(Seat::shared_operator); }
  [[nodiscard]] bool may_accept_local() const { return has_place(Seat::local) || may_accept(Seat::local_operator); }

  std::atomic<std::size_t> requests{0};  ///< unanswered, but for those that wait
  Pools pools;

 private:
  static constexpr std::size_t seats = static_cast<std::size_t>(Seat::none) + 1;

  [[nodiscard]] bool has_place(Seat seat) const;
  [[nodiscard]] bool may_accept(Seat seat) const { return has_place(seat) || has_place(Seat::none); }
  [[nodiscard]] bool try_enter(Seat seat);

  const std::size_t waiters_max_;
  std::atomic<std::size_t> waiters_{0};  ///< requests that wait
  const std::array<std::size_t, seats> bounds_;
  std::array<std::atomic<std::size_t>, seats> counts_{};
};

}  // namespace breakerd::http
