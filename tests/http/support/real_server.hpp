#pragma once
// A server over the real core with a log in memory: for tests of what calls mean. Starts in milliseconds.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "actors/core.hpp"
#include "client.hpp"
#include "http/caf_bridge.hpp"
#include "http/server.hpp"
#include "storage/memory_log.hpp"

namespace breakerd::http::test {

class RealServer {
 public:
  explicit RealServer(std::vector<std::string> services = {});
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

  MemoryLog log;

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  CoreConfig config_;
  caf::actor_system system_{config_};
  std::unique_ptr<Core> core_;
  CafBridge bridge_{io_};
  Server server_;
  std::thread thread_;
};

}  // namespace breakerd::http::test
