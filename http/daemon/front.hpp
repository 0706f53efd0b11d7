#pragma once
// The I/O threads of a process, and the server that runs on them over the core.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <thread>

#include <breakerd/http/bridge/caf_bridge.hpp>
#include <breakerd/http/daemon/server.hpp>

namespace breakerd::http {

/// A thread, its event loop, and its bridge to the core.
class IoThread {
 public:
  ~IoThread();

  void start();
  /// Runs `work` on the thread, and returns when it is done.
  void run(const std::function<void()>& work);
  /// Ends the thread and lets go of the core.
  void stop();

  boost::asio::io_context io{1};
  CafBridge bridge{io, std::make_unique<ReaderThreads>()};

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io.get_executor()};
  std::thread thread_;
};

/// Made, started, attached, stopped and destroyed by one thread, which is none of its own.
class Front {
 public:
  /// `threads` is 1 or more.
  Front(unsigned threads, const ServerOptions& options);
  ~Front();

  /// Listens at once; until attach() everything is answered `unavailable`. Errors as Server::listen().
  [[nodiscard]] Result<void> start();
  /// Listens on a Unix socket, too, until stop(). After start(), once. Errors as LocalSocket::listen().
  [[nodiscard]] Result<void> listen_locally(const std::filesystem::path& path);
  /// `core` lives until stop().
  void attach(Core& core);
  /// Answers what is in flight, then lets go of the core. Ends a little after the shutdown_timeout at the latest,
  /// whatever the core does, but for a read of the log that has begun.
  void stop();

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  std::deque<IoThread> threads_;
  Server server_;
  bool running_ = false;
};

}  // namespace breakerd::http
