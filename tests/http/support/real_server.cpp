#include "real_server.hpp"

#include <stdexcept>

namespace breakerd::http::test {
namespace {

constexpr unsigned io_threads = 2;

ServerOptions on_any_port(std::vector<std::string> services) {
  ServerOptions options;
  options.port = 0;
  options.services = std::move(services);
  options.limits.tick = std::chrono::milliseconds{10};
  options.limits.drain_timeout = std::chrono::milliseconds{10};
  return options;
}

}  // namespace

RealServer::RealServer(std::vector<std::string> services) : front_{io_threads, on_any_port(std::move(services))} {
  auto core = Core::start(system_, log, {});
  if (!core) throw std::runtime_error{core.error().detail};
  core_ = std::move(*core);
  if (const auto listening = front_.start(); !listening) throw std::runtime_error{listening.error().detail};
  front_.attach(*core_);
}

RealServer::~RealServer() {
  front_.stop();
  core_.reset();
}

}  // namespace breakerd::http::test
