#pragma once
// The signals of the daemon, from any moment of its life: a thread of its own takes them, so that they are heard while
// the others start, stop or hang.

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace breakerd::http {

/// A second SIGINT or SIGTERM ended the process at once.
inline constexpr int exit_at_once = 3;

/// SIGINT and SIGTERM ask for a stop; the second one ends the process at once. SIGHUP is ignored, and the log says so.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Asks for a stop that ends with `exit_code`; what was asked for first holds. Any thread.
  void ask_for_stop(int exit_code);

  /// Returns the exit code when a stop is asked for: 0 for a signal.
  [[nodiscard]] int wait_for_stop();

 private:
  void listen();
  void on_signal(int signal);

  std::mutex mutex_;
  std::condition_variable asked_;
  std::optional<int> exit_code_;
  bool stop_signalled_ = false;  ///< on the thread only
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_};
  std::thread thread_;
};

}  // namespace breakerd::http
