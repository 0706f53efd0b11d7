#include <breakerd/actors/client/subscription.hpp>

#include <condition_variable>
#include <mutex>
#include <thread>

#include <breakerd/actors/client/callback_scope.hpp>
#include <breakerd/actors/client/subscribe_callback.hpp>

namespace breakerd {

/// What the handle and the actor share.
class SubscriptionState {
 public:
  SubscriptionState(OnEvent on_event, const void* client, std::function<void(const std::string&)> log_line)
      : on_event_{std::move(on_event)}, client_{client}, log_line_{std::move(log_line)} {}

  /// What ends the actor. Called once, when the subscription is ended while the actor lives.
  void set_leave(std::function<void()> leave) {
    const std::lock_guard lock{mutex_};
    if (!ended_) leave_ = std::move(leave);
  }

  /// False when the subscription has ended.
  bool call(const CommittedEvent& event) {
    {
      const std::lock_guard lock{mutex_};
      if (ended_) return false;
      caller_ = std::this_thread::get_id();
    }
    call_guarded(event);
    const std::lock_guard lock{mutex_};
    caller_ = {};
    returned_.notify_all();
    return !ended_;
  }

  void end() {
    OnEvent dropped;  // destroyed here, when nobody calls it and the lock is free
    std::unique_lock lock{mutex_};
    ended_ = true;
    if (leave_) std::exchange(leave_, nullptr)();
    if (caller_ == std::this_thread::get_id()) return;
    returned_.wait(lock, [this] { return caller_ == std::thread::id{}; });
    dropped = std::move(on_event_);
    lock.unlock();
  }

  /// The actor has ended.
  void gone() {
    OnEvent dropped;
    const std::lock_guard lock{mutex_};
    ended_ = true;
    leave_ = nullptr;
    dropped = std::move(on_event_);
  }

 private:
  /// One that throws has had that event, and gets the next.
  void call_guarded(const CommittedEvent& event) {
    const CallbackScope scope{client_};
    try {
      on_event_(event);
    } catch (const std::exception& error) {
      log_line_("a subscriber threw at event " + std::to_string(event.seq) + ": " + error.what());
    } catch (...) {
      log_line_("a subscriber threw at event " + std::to_string(event.seq));
    }
  }

  std::mutex mutex_;
  std::condition_variable returned_;
  bool ended_ = false;
  std::thread::id caller_;  ///< not the empty one: on_event_ is being called
  std::function<void()> leave_;
  OnEvent on_event_;
  const void* client_;
  std::function<void(const std::string&)> log_line_;
};

Subscription& Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  end();
  state_ = std::move(other.state_);
  from_ = other.from_;
  return *this;
}

void Subscription::end() noexcept {
  if (const auto state = std::move(state_)) state->end();
}

namespace {

/// Has a thread of its own, so that the function may take its time. Ends with the feed.
class Caller final : public SubscriberHandle::base {
 public:
  Caller(caf::actor_config& config, std::shared_ptr<SubscriptionState> state, const FeedHandle& feed)
      : SubscriberHandle::base{config}, state_{std::move(state)}, feed_{feed.address()} {}

 protected:
  behavior_type make_behavior() override {
    monitor(feed_);
    set_down_handler([this](const caf::down_msg&) { quit(); });
    return {[this](const CommittedEvents& events) {
      for (const CommittedEvent& event : *events)
        if (!state_->call(event)) return;
    }};
  }
  void on_exit() override { state_->gone(); }

 private:
  std::shared_ptr<SubscriptionState> state_;
  caf::actor_addr feed_;
};

}  // namespace

Result<Subscription> subscribe_callback(caf::actor_system& system, const FeedHandle& feed, Seq from, OnEvent on_event,
                                        const void* client, std::function<void(const std::string&)> log_line) {
  const auto state = std::make_shared<SubscriptionState>(std::move(on_event), client, std::move(log_line));
  const SubscriberHandle caller = system.spawn<Caller, caf::detached>(state, feed);
  state->set_leave([weak = caller.address()] { caf::anon_send_exit(weak, caf::exit_reason::user_shutdown); });
  Result<Seq> first = make_error(ErrorCode::outcome_unknown, "outcome unknown: no answer");
  caf::scoped_actor self{system};
  self->request(feed, request_timeout, subscribe_atom_v, caller, from)
      .receive([&](const Subscribed& subscribed) { first = subscribed.from; },
               [&](const caf::error& error) {
                 first = make_error(ErrorCode::outcome_unknown,
                                    "outcome unknown: no answer (" + caf::to_string(error) + ")");
               });
  Subscription subscription{state, first ? *first : 0};  // one that was refused ends here
  if (!first) return first.error();
  return subscription;
}

}  // namespace breakerd
