#pragma once
// The connections of one I/O thread, and what they share. Everything here runs on that thread, but for what is said to
// be any thread's.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/http/edge/exchange.hpp>
#include <breakerd/http/edge/limits.hpp>
#include <breakerd/http/edge/load.hpp>
#include <breakerd/http/edge/newcomer.hpp>

namespace breakerd::http {

class Session;

class Connections {
 public:
  /// `clock`, `handler` and `load` outlive this. Must not be destroyed while `io` runs.
  Connections(boost::asio::io_context& io, const Clock& clock, const HttpLimits& limits, Handler& handler, Load& load);
  ~Connections();

  /// Counts a connection that will be handed over: adopt() must follow. Any thread.
  void expect() { ++count_; }

  /// How many there are, and are expected. Any thread.
  [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_relaxed); }

  /// Serves an expected connection, which Load has counted; one that has no room is told so and closed.
  void adopt(Newcomer newcomer);

  /// To be called every limits.tick: what has come to its deadline ends.
  void tick();

  /// Answers what is in flight, closes everything, and calls `done`. At shutdown_timeout (and three ticks at most)
  /// everything is closed and `done` is called, even if the handler has not answered.
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
  Session& add(Newcomer newcomer);
  void pump_woken();
  void finish_stop();
  void report_stopped();

  boost::asio::io_context& io_;
  const Clock& clock_;
  std::atomic<std::size_t> count_{0};
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<Session*> woken_;
  std::vector<Session*> being_pumped_;
  std::function<void()> stopped_;
  SteadyTime stop_deadline_{};
};

}  // namespace breakerd::http
