#include "test_server.hpp"

#include <boost/asio/post.hpp>
#include <future>
#include <stdexcept>

namespace breakerd::http::test {
namespace {

ServerOptions on_any_port(ServerOptions options) {
  options.port = 0;
  return options;
}

}  // namespace

TestServer::TestServer(ServerOptions options) : server_{{{io_, backend}}, on_any_port(std::move(options))} {
  const auto listening = server_.listen();
  if (!listening) throw std::runtime_error{listening.error().detail};
  thread_ = std::thread{[this] { io_.run(); }};
}

TestServer::~TestServer() {
  io_.stop();
  thread_.join();
}

Result<void> TestServer::listen_locally(const std::filesystem::path& path) {
  std::promise<Result<void>> result;
  boost::asio::post(io_, [&] { result.set_value(server_.listen_locally(path)); });
  return result.get_future().get();
}

void TestServer::begin_stop() {
  boost::asio::post(io_, [this] {
    server_.stop([this] {
      const std::lock_guard lock{mutex_};
      stopped_ = true;
      changed_.notify_all();
    });
  });
}

void TestServer::wait_until_stopped() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return stopped_; });
}

void TestServer::stop() {
  begin_stop();
  wait_until_stopped();
}

ServerOptions with_limits(const HttpLimits& limits) {
  ServerOptions options;
  options.limits = limits;
  return options;
}

}  // namespace breakerd::http::test
