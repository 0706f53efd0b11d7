#pragma once
// A server on a free port with a scripted backend, run by its own thread for the length of a test.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include <breakerd/http/daemon/server.hpp>
#include "client.hpp"
#include "scripted_backend.hpp"

namespace breakerd::http::test {

class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  ~TestServer();
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  /// Serves on a Unix socket, too.
  [[nodiscard]] Result<void> listen_locally(const std::filesystem::path& path);

  /// Stops as the daemon does; returns when the server has reported.
  void stop();

  /// Begins to stop.
  void begin_stop();
  void wait_until_stopped();

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};

 public:
  ScriptedBackend backend{io_};

 private:
  Server server_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

/// Options with short timeouts of one kind, so that a test need not wait long for them.
[[nodiscard]] ServerOptions with_limits(const HttpLimits& limits);

}  // namespace breakerd::http::test
