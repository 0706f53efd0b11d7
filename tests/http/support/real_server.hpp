#pragma once
// A server over the real core with a log in memory: for tests of what calls mean. Starts in milliseconds.

#include <memory>
#include <string>
#include <vector>

#include "actors/core.hpp"
#include "client.hpp"
#include "http/front.hpp"
#include "storage/memory_log.hpp"

namespace breakerd::http::test {

class RealServer {
 public:
  explicit RealServer(std::vector<std::string> services = {});
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return front_.port(); }

  MemoryLog log;

 private:
  CoreConfig config_;
  caf::actor_system system_{config_};
  std::unique_ptr<Core> core_;
  Front front_;
};

}  // namespace breakerd::http::test
