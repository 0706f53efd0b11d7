// One connection at work: its socket, its protocol, its script, and the answers it waits for.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>

#include "clock.hpp"
#include "protocol.hpp"
#include "script.hpp"
#include "socket.hpp"

namespace breakerd::load {

/// What a session tells the run it belongs to.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;

  virtual void call_answered(Call call, Nanos latency) = 0;
  virtual void call_failed(Call call, std::string_view error) = 0;
  virtual void lease_empty() = 0;
  virtual void operations_finished(std::uint64_t operations) = 0;
  virtual void wake_all_asked() = 0;
};

class Session final : private Sink {
 public:
  /// A foreground session's work is counted and decides when a run ends; background ones make load.
  enum class Ground : std::uint8_t { front, back };

  Session(Ground ground, std::uint16_t port, std::unique_ptr<Protocol> protocol, std::unique_ptr<Script> script,
          SessionEvents& events);

  /// Starts one operation whose first call's latency counts from `intended`.
  /// False when the script sent nothing: the session is parked.
  bool begin(Nanos intended);

  /// Handles what has arrived. True when the operation is over. Throws when the server closed.
  bool on_readable();

  /// Goes on sending what did not fit. True when nothing is left to send.
  bool flush() { return socket_.flush(); }

  [[nodiscard]] int descriptor() const noexcept { return socket_.descriptor(); }
  [[nodiscard]] bool is_front() const noexcept { return ground_ == Ground::front; }
  [[nodiscard]] bool is_stopped() const noexcept { return stopped_; }

 private:
  struct Pending {
    Call call;
    Nanos since;
  };

  void send(const Request& request) override;
  void count(std::uint64_t operations) override;
  void stop() override { stopped_ = true; }
  void wake_all() override { events_.wake_all_asked(); }
  void handle_reply(const Pending& answered);

  Ground ground_;
  Socket socket_;
  std::unique_ptr<Protocol> protocol_;
  std::unique_ptr<Script> script_;
  SessionEvents& events_;
  std::deque<Pending> pending_;
  Reply reply_;
  bool reply_begun_ = false;
  bool stopped_ = false;
  Nanos intended_ = 0;  // while an operation begins: what its first calls' latency counts from
};

}  // namespace breakerd::load
