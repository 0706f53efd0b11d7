#pragma once
// One request of a connection and its answer. Exchanges are reused; a connection writes their answers in the order of
// the requests, whatever the order in which they come.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/http/edge/answer.hpp>
#include <breakerd/http/edge/request.hpp>
#include <breakerd/http/edge/room.hpp>

namespace breakerd::http {

class Session;

class Exchange {
 public:
  Exchange(Session& session, boost::asio::io_context& io) : session_{session}, wait_{io} {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Gives the answer: exactly once, now or later, on the I/O thread. The exchange is reused afterwards.
  void answer(const Answer& answer);

  /// The answer goes to `to` instead, which sees to it that there is one; null: it goes to the client again.
  void divert(std::function<void(const Answer&)> to) { diverted_ = std::move(to); }

  /// Answers with a problem document; `fields` as in Answer.
  void refuse(const Problem& problem, std::string_view fields = {});

  /// Who asks, for the log.
  [[nodiscard]] const std::string& principal() const;

  /// Room to build a body in: empty, shared by all exchanges, so use it only right before answer().
  [[nodiscard]] std::string& scratch();

  /// Counts `bytes` for the answer and what it takes to make it. False when there is no room: see when_room().
  [[nodiscard]] bool take_room(Share share, std::size_t bytes);
  /// Calls `then` when the bytes are there, unless the exchange is answered before: by itself, when its client has gone
  /// or the wait takes too long.
  void when_room(Share share, std::size_t bytes, std::function<void()> then);

  /// Set when its client has gone, and nobody will read the answer. Shared with threads that work on it.
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> gone();

  /// Calls `then`, once, when the client has ended its side of the connection or has gone, unless the exchange is
  /// answered before. Such a client may still read: its requests are answered all the same. There is no call when the
  /// client sends header_bytes_max more bytes that cannot be taken yet. Set it once for an exchange, or not at all.
  void when_client_ends(std::function<void()> then);

  /// The answer may be long in coming, and until then the request counts as a waiter, and not as one in flight; its
  /// connection counts as a waiter's from now on to its end. False when there are waiters_max of the one or the other:
  /// then nothing has changed. Once for an exchange.
  [[nodiscard]] bool begin_wait();

  /// The client has ended its side of the connection, or gone.
  [[nodiscard]] bool has_client_ended() const;

  /// Calls `then`, once, when the connection ends before the answer has been handed to the system whole; else never.
  /// To be set right before answer().
  void when_lost(std::function<void()> then);

  /// What a handler wants to remember until the reply comes; empty at the beginning.
  std::string kept_body;
  int kept_status = 0;

 private:
  friend class Session;

  Session& session_;
  std::uint64_t number_ = 0;  ///< position in the connection's order
  bool answered_ = false;
  bool close_ = false;  ///< the connection ends with this answer
  bool head_only_ = false;
  bool http_1_0_ = false;
  std::string held_;        ///< an answer that came before its turn
  Charge charge_;           ///< for it; after it, for the answer
  bool is_waiter_ = false;  ///< counted as one
  std::function<void(const Answer&)> diverted_;
  std::function<void()> client_ends_;
  std::function<void()> lost_;
  RoomWait wait_;
  SteadyTime wait_deadline_{};
};

/// Whoever answers requests.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Called on the I/O thread. Sees to it that `exchange` is answered exactly once.
  virtual void handle(Exchange& exchange, const Request& request) = 0;

  /// What a request with such a body may take in memory while it is handled, its answer aside.
  [[nodiscard]] virtual std::size_t work_bytes(std::string_view path, std::size_t body_bytes) const = 0;

  /// False when a request like this would be refused whatever its body says, so that the body need not be asked for.
  [[nodiscard]] virtual bool takes(Method method, std::string_view path) const = 0;

  /// True for the calls of which an operator's is always answered: those of the breaker, the status, and health.
  [[nodiscard]] virtual bool is_operators(Method method, std::string_view path) const = 0;
};

}  // namespace breakerd::http
