// What one connection does: a script starts an operation, hears each answer, and says what to
// send next. Scripts know nothing of sockets, protocols or time.
#pragma once

#include <cstdint>
#include <memory>

#include "call.hpp"

namespace breakerd::load {

/// The connection as its script sees it.
class Sink {
 public:
  virtual ~Sink() = default;

  /// Sends one request; several may be outstanding, answers come in the same order.
  virtual void send(const Request& request) = 0;

  /// Counts finished work, in jobs or calls: what throughput is made of.
  virtual void count(std::uint64_t operations) = 0;

  /// No new operation on this connection; the current one ends with its last answer.
  virtual void stop() = 0;

  /// Lets every parked connection begin again, after the current answer has been handled.
  virtual void wake_all() = 0;
};

class Script {
 public:
  virtual ~Script() = default;

  /// Starts one operation. One that sends nothing parks the connection until wake_all().
  virtual void begin(Sink& sink) = 0;

  /// Hears one answer that was as expected. When nothing is outstanding afterwards the operation
  /// is over. The script may take `reply.jobs` away.
  virtual void answered(Reply& reply, Sink& sink) = 0;
};

}  // namespace breakerd::load
