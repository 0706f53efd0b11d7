#pragma once
// A function that is called with each committed event, from a thread of its own, until its handle is destroyed.

#include <functional>
#include <memory>
#include <utility>

#include <breakerd/events/model/event.hpp>

namespace breakerd {

class SubscriptionState;

/// Keeps a subscription. Destroying it, assigning to it, or end() ends it: no call begins any more, and one that is
/// under way has returned, unless that call is where it is ended from; the function is destroyed. So who ends it must
/// not hold a lock that the function waits for. Any thread, before or after the client is destroyed, but by one thread
/// at a time.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;  ///< of nothing
  Subscription(std::shared_ptr<SubscriptionState> state, Seq from) : state_{std::move(state)}, from_{from} {}
  Subscription(Subscription&& other) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept;
  ~Subscription() { end(); }

  /// The seq of the first event that it is called with.
  [[nodiscard]] Seq from() const { return from_; }
  void end() noexcept;

 private:
  std::shared_ptr<SubscriptionState> state_;  ///< shared with the actor that calls the function
  Seq from_ = 0;
};

using OnEvent = std::function<void(const CommittedEvent&)>;

}  // namespace breakerd
