#pragma once
// The connections of one I/O thread, and what they share. Everything here runs on that thread, but for what is said to
// be any thread's.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/edge/exchange.hpp"
#include "http/edge/room.hpp"
#include "http/limits.hpp"

namespace breakerd::http {

class Session;
using SteadyTime = std::chrono::steady_clock::time_point;

/// What all I/O threads of a server have under way together. Any thread.
struct Load {
  explicit Load(const HttpLimits& limits) : pools{limits.memory_bytes_max} {}

  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> requests{0};  ///< unanswered
  Pools pools;
};

class Connections {
 public:
  /// `handler` and `load` outlive this. Must not be destroyed before stop() has reported, unless `io` runs no more.
  Connections(boost::asio::io_context& io, const HttpLimits& limits, Handler& handler, Load& load);
  ~Connections();

  /// Counts a connection that will be handed over: adopt() or turn_away() must follow. False when there are too many
  /// already, and it should be turned away. Any thread.
  [[nodiscard]] bool expect();

  /// How many there are, and are expected. Any thread.
  [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  /// Serves an expected connection.
  void adopt(boost::asio::ip::tcp::socket socket);

  /// Answers an expected connection 503 with `why`, and closes it.
  void turn_away(boost::asio::ip::tcp::socket socket, std::string why);

  /// Answers what is in flight, closes everything, and calls `done`, at the latest after shutdown_timeout.
  void stop(std::function<void()> done);

  // --- for sessions ---

  /// Has `session` pumped at the end of this turn of the loop, once however often it is asked.
  void wake(Session& session);

  /// `session` is closed and nothing refers to it any more.
  void release(Session& session);

  [[nodiscard]] boost::asio::io_context& io() { return io_; }

  const HttpLimits limits;
  Handler& handler;
  SteadyTime now;          ///< as of the last tick
  std::string date_field;  ///< "Date: ...\r\n", as of the last tick
  std::string scratch;     ///< see Exchange::scratch
  Load& load;
  bool stopping = false;

 private:
  Session& add(boost::asio::ip::tcp::socket socket);
  void tick();
  void pump_woken();
  void finish_stop();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  std::atomic<std::size_t> count_{0};
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Session*> woken_;
  std::vector<Session*> being_pumped_;
  std::function<void()> stopped_;
  SteadyTime stop_deadline_{};
};

}  // namespace breakerd::http
