#include "http/server.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/ip/address.hpp>

namespace breakerd::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// How long to leave newcomers waiting when the process has no room for them.
constexpr std::chrono::milliseconds accept_pause{50};

Error refused(const std::string& what, const error_code& error) {
  return make_error(ErrorCode::storage, what + ": " + error.message());
}

}  // namespace

Server::Server(boost::asio::io_context& io, Backend& backend, const ServerOptions& options)
    : io_{io},
      bind_{options.bind},
      port_{options.port},
      api_{backend, ApiOptions{options.services, options.limits.json_values_max}},
      connections_{io, options.limits, api_},
      acceptor_{io},
      pause_{io} {}

Result<void> Server::listen() {
  error_code error;
  const auto address = boost::asio::ip::make_address(bind_, error);
  if (error) return make_error(ErrorCode::invalid, "'" + bind_ + "' is not an IP address");
  const tcp::endpoint endpoint{address, port_};
  const std::string where = bind_ + " port " + std::to_string(port_);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return refused("cannot listen on " + where, error);
  port_ = acceptor_.local_endpoint(error).port();
  if (error) return refused("cannot tell the port of " + where, error);
  accept();
  return {};
}

void Server::stop(std::function<void()> done) {
  error_code ignored;  // closing an acceptor leaves nothing to be done about an error
  acceptor_.close(ignored);
  pause_.cancel();
  connections_.stop(std::move(done));
}

void Server::accept() {
  if (!acceptor_.is_open()) return;
  if (connections_.is_full() || !spare_.take()) return accept_later();
  acceptor_.async_accept([this](error_code error, tcp::socket socket) { on_accept(error, std::move(socket)); });
}

void Server::on_accept(error_code error, tcp::socket socket) {
  if (error == boost::asio::error::operation_aborted) return;
  if (error) return on_accept_error(error);
  note_trouble({});
  connections_.adopt(std::move(socket));
  accept();
}

void Server::on_accept_error(error_code error) {
  if (error == boost::asio::error::connection_aborted) return accept();  // that client has gone again
  note_trouble(error);
  if (error == boost::asio::error::no_descriptors) {
    // The spare one is enough to tell one client so. The next has to wait until it is free again.
    spare_.give_up();
    tcp::socket newcomer{io_};
    acceptor_.accept(newcomer, error);
    if (!error) connections_.turn_away(std::move(newcomer), "no file descriptor is free");
  }
  accept_later();
}

void Server::accept_later() {
  pause_.expires_after(accept_pause);
  pause_.async_wait([this](error_code error) {
    if (!error) accept();
  });
}

void Server::note_trouble(const error_code& error) {
  if (error.failed() == in_trouble_) return;
  in_trouble_ = error.failed();
  if (in_trouble_) {
    spdlog::warn("cannot accept connections: {}; trying again until it works", error.message());
  } else {
    spdlog::info("connections are accepted again");
  }
}

}  // namespace breakerd::http
