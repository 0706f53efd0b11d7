#pragma once
// An actor of one's own that asks breakerd's actors one thing after another, and tells a promise how it went.

#include <deque>
#include <functional>
#include <future>

#include <breakerd/client_actors.hpp>

#include "check.hpp"

namespace consumer {

/// A message type of the consumer's own.
struct Go {
  std::string principal;
};

}  // namespace consumer

CAF_BEGIN_TYPE_ID_BLOCK(consumer, caf::id_block::breakerd::end)
CAF_ADD_TYPE_ID(consumer, (consumer::Go))
CAF_END_TYPE_ID_BLOCK(consumer)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(consumer::Go)

namespace consumer {

class Asker final : public caf::event_based_actor {
 public:
  using Expect = std::function<void(const breakerd::Outcome&)>;

  /// What is asked and what must come back: made when its turn comes, because it may need an earlier answer.
  using Step = std::function<void(Asker&)>;

  Asker(caf::actor_config& config, std::deque<Step> steps, std::promise<void> done)
      : caf::event_based_actor{config}, steps_{std::move(steps)}, done_{std::move(done)} {}

  template <class Handle>
  void ask(const Handle& whom, breakerd::Command command, Expect expect) {
    request(whom, breakerd::request_timeout, breakerd::Ask{std::move(command), principal_})
        .then([this, expect](const breakerd::Answer& answer) { judge([&] { expect(answer.outcome); }); }, lost());
  }

  /// The circuit's state has a request of its own.
  void ask_circuit(const breakerd::CircuitHandle& breaker, Expect expect) {
    request(breaker, breakerd::request_timeout, breakerd::circuit_atom_v)
        .then([this, expect](const breakerd::Answer& answer) { judge([&] { expect(answer.outcome); }); }, lost());
  }

  void subscribe(const breakerd::FollowHandle& feed, const breakerd::SubscriberHandle& handle, breakerd::Seq& after) {
    request(feed, breakerd::request_timeout, breakerd::subscribe_atom_v, handle, breakerd::Seq{0})
        .then([this,
               &after](const breakerd::Subscribed& subscribed) { judge([&] { after = must(subscribed.from) - 1; }); },
              lost());
  }

 protected:
  caf::behavior make_behavior() override {
    return {[this](const Go& go) {
      principal_ = go.principal;
      next();
    }};
  }

 private:
  void next() {
    if (steps_.empty()) {
      done_.set_value();
      return quit();
    }
    const Step step = std::move(steps_.front());
    steps_.pop_front();
    step(*this);
  }

  void judge(const std::function<void()>& expectation) {
    try {
      expectation();
    } catch (const std::exception&) {
      done_.set_exception(std::current_exception());
      return quit();
    }
    next();
  }

  std::function<void(const caf::error&)> lost() {
    return [this](const caf::error& error) {
      done_.set_exception(std::make_exception_ptr(std::runtime_error{"no answer: " + caf::to_string(error)}));
      quit();
    };
  }

  std::deque<Step> steps_;
  std::promise<void> done_;
  std::string principal_;
};

}  // namespace consumer
