#include "real_server.hpp"

#include <boost/asio/post.hpp>
#include <future>
#include <stdexcept>

namespace breakerd::http::test {
namespace {

ServerOptions on_any_port(std::vector<std::string> services) {
  ServerOptions options;
  options.port = 0;
  options.services = std::move(services);
  options.limits.tick = std::chrono::milliseconds{10};
  options.limits.drain_timeout = std::chrono::milliseconds{10};
  return options;
}

}  // namespace

RealServer::RealServer(std::vector<std::string> services) : server_{io_, bridge_, on_any_port(std::move(services))} {
  auto core = Core::start(system_, log, {});
  if (!core) throw std::runtime_error{core.error().detail};
  core_ = std::move(*core);
  bridge_.attach(*core_);
  if (const auto listening = server_.listen(); !listening) throw std::runtime_error{listening.error().detail};
  thread_ = std::thread{[this] { io_.run(); }};
}

RealServer::~RealServer() {
  std::promise<void> stopped;
  boost::asio::post(io_, [&] { server_.stop([&] { stopped.set_value(); }); });
  stopped.get_future().wait();
  work_.reset();
  io_.stop();
  thread_.join();
  bridge_.detach();
  core_.reset();
}

}  // namespace breakerd::http::test
