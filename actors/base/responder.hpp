#pragma once
// The right to answer one CAF request. CAF's own promise answers nobody when it is dropped, and may be used by its
// actor alone; this one answers by itself when it is dropped, and from any thread.

#include <caf/response_promise.hpp>
#include <memory>
#include <utility>

#include <breakerd/actors/base/compat.hpp>
#include <breakerd/events/model/error.hpp>

namespace breakerd {

/// `Message` can be made of an Error, as Message::of(error).
template <class Message>
class Responder {
 public:
  /// `promise` was made for the request that is being handled, and is not used otherwise. For a message that is no
  /// request there is nobody to answer.
  explicit Responder(const caf::response_promise& promise)
      : asker_{promise.async() ? caf::strong_actor_ptr{} : promise.next()}, id_{promise.id().response_id()} {}
  Responder(Responder&& other) noexcept : asker_{std::exchange(other.asker_, nullptr)}, id_{other.id_} {}
  Responder& operator=(Responder&&) = delete;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder() {
    if (asker_)
      deliver(Message::of(make_error(ErrorCode::outcome_unknown, "outcome unknown: what was to answer has ended")));
  }

  void deliver(Message message) {
    if (const caf::strong_actor_ptr asker = std::exchange(asker_, nullptr))
      asker->enqueue(nullptr, id_, caf::make_message(std::move(message)), nullptr);
  }

 private:
  caf::strong_actor_ptr asker_;  ///< null: answered
  caf::message_id id_;
};

/// What a handler that answers later gives back to CAF, and what answers.
template <class Message>
struct Asked {
  caf::typed_response_promise<Message> promise;
  Responder<Message> responder;
};

/// For the request that `actor` is handling.
template <class Message, class Actor>
[[nodiscard]] Asked<Message> asked_of(Actor& actor) {
  auto promise = actor.template make_response_promise<caf::typed_response_promise<Message>>();
  caf::response_promise& untyped = promise;
  return {promise, Responder<Message>{untyped}};
}

/// For a std::function, which has to be copyable. The copies are one responder.
template <class Message>
[[nodiscard]] std::shared_ptr<Responder<Message>> shared(Responder<Message>&& responder) {
  return std::make_shared<Responder<Message>>(std::move(responder));
}

}  // namespace breakerd
