#include <breakerd/http/edge/load.hpp>

#include <utility>

namespace breakerd::http {
namespace {

std::size_t index(Seat seat) { return static_cast<std::size_t>(seat); }

}  // namespace

Load::Load(const HttpLimits& limits)
    : pools{limits.memory_bytes_max}, waiters_max_{limits.waiters_max}, bounds_{limits.connections_max,
                                                                                operator_connections_max,
                                                                                limits.socket_connections_max,
                                                                                operator_connections_max,
                                                                                limits.waiters_max,
                                                                                refusals_max} {}

Seat Load::enter_shared(bool scarce) {
  if (!scarce && try_enter(Seat::shared)) return Seat::shared;
  if (try_enter(Seat::shared_operator)) return Seat::shared_operator;
  ++counts_[index(Seat::none)];
  return Seat::none;
}

Seat Load::enter_local() {
  if (try_enter(Seat::local)) return Seat::local;
  if (try_enter(Seat::local_operator)) return Seat::local_operator;
  ++counts_[index(Seat::none)];
  return Seat::none;
}

bool Load::begin_wait(Seat& counted_as) {
  if (waiters_++ >= waiters_max_) return --waiters_, false;
  if (counted_as == Seat::waiter) return true;
  if (!try_enter(Seat::waiter)) return --waiters_, false;
  leave(std::exchange(counted_as, Seat::waiter));
  return true;
}

bool Load::has_place(Seat seat) const { return counts_[index(seat)] < bounds_[index(seat)]; }

bool Load::try_enter(Seat seat) {
  if (counts_[index(seat)]++ < bounds_[index(seat)]) return true;
  --counts_[index(seat)];
  return false;
}

}  // namespace breakerd::http
