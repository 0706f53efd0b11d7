#include "http/server.hpp"

#include <spdlog/spdlog.h>
#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

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

Server::Share::Share(const IoLoop& loop, const ServerOptions& options, Load& load)
    : io{loop.io},
      api{loop.backend, ApiOptions{options.services, options.limits.json_values_max}},
      connections{loop.io, options.limits, api, load} {}

Server::Server(const std::vector<IoLoop>& loops, const ServerOptions& options)
    : bind_{options.bind},
      port_{options.port},
      load_{options.limits},
      acceptor_{loops.front().io},
      pause_{loops.front().io} {
  for (const IoLoop& loop : loops) shares_.push_back(std::make_unique<Share>(loop, options, load_));
}

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
  stopped_ = std::move(done);
  stopping_ = shares_.size();
  for (auto& share : shares_)
    boost::asio::post(share->io, [this, &connections = share->connections] {
      connections.stop([this] {
        if (--stopping_ == 0) std::exchange(stopped_, nullptr)();
      });
    });
}

void Server::accept() {
  if (!acceptor_.is_open()) return;
  // Refusals are handed out to so many; more newcomers are left in the kernel's queue.
  const bool is_full = load_.connections >= shares_.front()->connections.limits.connections_max + refusals_max;
  if (is_full || !spare_.take()) return accept_later();
  Share& share = least_busy();
  acceptor_.async_accept(
      share.io, [this, &share](error_code error, tcp::socket socket) { on_accept(share, error, std::move(socket)); });
}

Server::Share& Server::least_busy() {
  return **std::min_element(shares_.begin(), shares_.end(), [](const auto& a, const auto& b) {
    return a->connections.count() < b->connections.count();
  });
}

void Server::hand_over(Share& share, tcp::socket socket) {
  const bool welcome = share.connections.expect();
  boost::asio::post(share.io, [&connections = share.connections, welcome, socket = std::move(socket)]() mutable {
    if (welcome) return connections.adopt(std::move(socket));
    connections.turn_away(std::move(socket),
                          "more than " + std::to_string(connections.limits.connections_max) + " connections");
  });
}

void Server::on_accept(Share& share, error_code error, tcp::socket socket) {
  if (error == boost::asio::error::operation_aborted) return;
  if (error) return on_accept_error(error);
  note_trouble({});
  hand_over(share, std::move(socket));
  accept();
}

void Server::on_accept_error(error_code error) {
  if (error == boost::asio::error::connection_aborted) return accept();  // that client has gone again
  note_trouble(error);
  if (error == boost::asio::error::no_descriptors) {
    // The spare one is enough to tell one client so. The next has to wait until it is free again.
    spare_.give_up();
    Share& share = *shares_.front();
    tcp::socket newcomer{share.io};
    acceptor_.accept(newcomer, error);
    if (!error) {
      static_cast<void>(share.connections.expect());  // turned away in any case
      share.connections.turn_away(std::move(newcomer), "no file descriptor is free");
    }
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
