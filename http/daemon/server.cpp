#include <breakerd/http/daemon/server.hpp>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include <breakerd/http/edge/socket_transport.hpp>

namespace breakerd::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

Error refused(const std::string& what, const error_code& error) {
  return make_error(ErrorCode::storage, what + ": " + error.message());
}

std::string principal_of_peer(const StreamSocket& socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  tcp::endpoint endpoint;
  if (error || peer.size() > endpoint.capacity()) return "anonymous@unknown";
  endpoint.resize(peer.size());
  std::memcpy(endpoint.data(), peer.data(), peer.size());
  return "anonymous@" + endpoint.address().to_string();
}

ApiOptions api_options(const ServerOptions& server, std::shared_ptr<KeysInProgress> keys) {
  ApiOptions options{server.services, server.limits.json_values_max, server.clock};
  options.keys = std::move(keys);
  return options;
}

}  // namespace

Server::Share::Share(const IoLoop& loop, const ServerOptions& options, Load& load, std::shared_ptr<KeysInProgress> keys)
    : io{loop.io},
      api{loop.backend, api_options(options, std::move(keys))},
      connections{loop.io, *options.clock, options.limits, api, load},
      ticker{loop.io} {
  tick();
}

void Server::Share::tick() {
  ticker.expires_after(connections.limits.tick);
  ticker.async_wait([this](error_code error) {
    if (error) return;
    connections.tick();
    if (!stopped) tick();
  });
}

Server::Server(const std::vector<IoLoop>& loops, const ServerOptions& options)
    : bind_{options.bind},
      port_{options.port},
      load_{options.limits},
      listener_{loops.front().io, "TCP", spare_descriptors, shared_},
      local_listener_{loops.front().io, "the Unix socket", spare_descriptors, local_} {
  const auto keys = std::make_shared<KeysInProgress>();
  for (const IoLoop& loop : loops) shares_.push_back(std::make_unique<Share>(loop, options, load_, keys));
}

Server::~Server() = default;

Result<void> Server::listen() {
  error_code error;
  const auto address = boost::asio::ip::make_address(bind_, error);
  if (error) return make_error(ErrorCode::invalid, "'" + bind_ + "' is not an IP address");
  const tcp::endpoint endpoint{address, port_};
  const std::string where = bind_ + " port " + std::to_string(port_);
  tcp::acceptor acceptor{shares_.front()->io};
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.non_blocking(true, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return refused("cannot listen on " + where, error);
  port_ = acceptor.local_endpoint(error).port();
  if (error) return refused("cannot tell the port of " + where, error);
  listener_.start(std::move(acceptor));
  return {};
}

Result<void> Server::listen_locally(const std::filesystem::path& path) {
  auto socket = LocalSocket::listen(shares_.front()->io, path);
  if (!socket) return socket.error();
  local_socket_.emplace(std::move(*socket));
  local_listener_.start(local_socket_->take_acceptor());
  return {};
}

void Server::stop(std::function<void()> done) {
  listener_.close();
  local_socket_.reset();  // its file first: whoever finds none need not wait for
                          // an answer
  local_listener_.close();
  stopped_ = std::move(done);
  stopping_ = shares_.size();
  for (auto& share : shares_)
    boost::asio::post(share->io, [this, &share = *share] {
      share.connections.stop([this, &share] {
        share.stopped = true;
        share.ticker.cancel();
        if (--stopping_ == 0) std::exchange(stopped_, nullptr)();
      });
    });
}

Connections& Server::least_busy() {
  return (*std::min_element(
              shares_.begin(), shares_.end(),
              [](const auto& a, const auto& b) { return a->connections.count() < b->connections.count(); }))
      ->connections;
}

Connections* Server::Shared::next() { return server_.load_.may_accept_shared() ? &server_.least_busy() : nullptr; }

void Server::Shared::take(Connections& connections, StreamSocket socket, bool scarce) {
  error_code ignored;  // a socket that is gone already shows at the first read
  socket.set_option(tcp::no_delay{true}, ignored);
  const Seat seat = server_.load_.enter_shared(scarce);
  connections.expect();
  boost::asio::post(connections.io(), [&connections, socket = std::move(socket), seat]() mutable {
    std::string principal = principal_of_peer(socket);
    connections.adopt({std::make_unique<SocketTransport>(std::move(socket)), seat, std::move(principal)});
  });
}

Connections* Server::Local::next() { return server_.load_.may_accept_local() ? &server_.least_busy() : nullptr; }

void Server::Local::take(Connections& connections, StreamSocket socket, bool /*scarce*/) {
  const Seat seat = server_.load_.enter_local();
  connections.expect();
  const auto kept = std::make_shared<StreamSocket>(std::move(socket));  // shared: a std::function has to be copyable
  server_.local_users_.principal_of(
      kept->native_handle(), connections.io(), [&connections, kept, seat](auto principal) {
        connections.adopt({std::make_unique<SocketTransport>(std::move(*kept)), seat, std::move(principal)});
      });
}

}  // namespace breakerd::http
