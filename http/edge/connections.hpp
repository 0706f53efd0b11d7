#pragma once
// All connections of a server, and what they share. Everything here runs on the one I/O thread.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/edge/exchange.hpp"
#include "http/limits.hpp"

namespace breakerd::http {

class Session;
using SteadyTime = std::chrono::steady_clock::time_point;

class Connections {
 public:
  /// `handler` outlives this. Must not be destroyed before stop() has reported, unless `io` runs no more.
  Connections(boost::asio::io_context& io, const HttpLimits& limits, Handler& handler);
  ~Connections();

  /// Takes a new connection: serves it, or answers 503 and closes it when there are too many.
  void adopt(boost::asio::ip::tcp::socket socket);

  /// Answers 503 with `why` and closes.
  void turn_away(boost::asio::ip::tcp::socket socket, std::string why);

  /// True when not even refusals should be handed out any more: leave newcomers in the kernel's queue.
  [[nodiscard]] bool is_full() const;

  /// Answers what is in flight, closes everything, and calls `done`, at the latest after shutdown_timeout.
  void stop(std::function<void()> done);

  // --- for sessions ---

  /// Has `session` pumped at the end of this turn of the loop, once however often it is asked.
  void wake(Session& session);

  /// `session` is closed and nothing refers to it any more.
  void release(Session& session);

  const HttpLimits limits;
  Handler& handler;
  SteadyTime now;          ///< as of the last tick
  std::string date_field;  ///< "Date: ...\r\n", as of the last tick
  std::string scratch;     ///< see Exchange::scratch
  std::size_t requests_in_flight = 0;
  std::size_t body_bytes_in_flight = 0;
  bool stopping = false;

 private:
  Session& add(boost::asio::ip::tcp::socket socket);
  void tick();
  void pump_woken();
  void finish_stop();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Session*> woken_;
  std::vector<Session*> being_pumped_;
  std::function<void()> stopped_;
  SteadyTime stop_deadline_{};
};

}  // namespace breakerd::http
