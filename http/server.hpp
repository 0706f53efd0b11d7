#pragma once
// The listener: accepts connections and serves the API on them, on one I/O thread or on several. A connection stays
// with the thread that got it. What is not said to be another's runs on the first one.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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

/// An event loop that one thread runs, and the backend that gives its answers on that thread.
struct IoLoop {
  boost::asio::io_context& io;
  Backend& backend;
};

class Server {
 public:
  /// Connections are spread over `loops`, which is not empty; the first one accepts, too. All of them outlive this.
  /// Must not be destroyed before stop() has reported, unless no loop runs any more.
  Server(const std::vector<IoLoop>& loops, const ServerOptions& options);

  /// Binds and accepts. Errors: invalid for an address that is none, storage when the system refuses the address.
  [[nodiscard]] Result<void> listen();

  /// The port that was bound; after listen().
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Stops accepting, answers what is in flight, closes, and then calls `done`, at the latest after the
  /// shutdown_timeout, on the thread that is the last to be done.
  void stop(std::function<void()> done);

 private:
  /// What one loop serves.
  struct Share {
    Share(const IoLoop& loop, const ServerOptions& options, Load& load);

    boost::asio::io_context& io;
    Api api;
    Connections connections;
  };

  void accept();
  [[nodiscard]] Share& least_busy();
  void on_accept(Share& share, boost::system::error_code error, boost::asio::ip::tcp::socket socket);
  void on_accept_error(boost::system::error_code error);
  void accept_later();
  void note_trouble(const boost::system::error_code& error);
  void hand_over(Share& share, boost::asio::ip::tcp::socket socket);

  std::string bind_;
  std::uint16_t port_;
  Load load_;
  std::vector<std::unique_ptr<Share>> shares_;
  std::atomic<std::size_t> stopping_{0};  ///< shares that are
  std::function<void()> stopped_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  SpareDescriptor spare_;
  bool in_trouble_ = false;  ///< the last accept found no room in the process; said once
};

}  // namespace breakerd::http
