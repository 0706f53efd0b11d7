#pragma once
// The listener: accepts connections and serves the API on them. Everything runs on the thread that runs `io`.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "events/error.hpp"
#include "http/api/api.hpp"
#include "http/backend.hpp"
#include "http/edge/connections.hpp"
#include "http/edge/spare_descriptor.hpp"
#include "http/limits.hpp"

namespace breakerd::http {

struct ServerOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;          ///< 0: any free one, see Server::port()
  std::vector<std::string> services;  ///< folded; empty: any well-formed name goes
  HttpLimits limits;
};

class Server {
 public:
  /// `io` is run by one thread; `backend` outlives this and gives its answers on that thread.
  /// Must not be destroyed before stop() has reported, unless `io` runs no more.
  Server(boost::asio::io_context& io, Backend& backend, const ServerOptions& options);

  /// Binds and accepts. Errors: invalid for an address that is none, storage when the system refuses the address.
  [[nodiscard]] Result<void> listen();

  /// The port that was bound; after listen().
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Stops accepting, answers what is in flight, closes, and then calls `done`, at the latest after the
  /// shutdown_timeout. On the I/O thread.
  void stop(std::function<void()> done);

 private:
  void accept();
  void on_accept(boost::system::error_code error, boost::asio::ip::tcp::socket socket);
  void on_accept_error(boost::system::error_code error);
  void accept_later();
  void note_trouble(const boost::system::error_code& error);

  boost::asio::io_context& io_;
  std::string bind_;
  std::uint16_t port_;
  Api api_;
  Connections connections_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  SpareDescriptor spare_;
  bool in_trouble_ = false;  ///< the last accept found no room in the process; said once
};

}  // namespace breakerd::http
