#pragma once
// The server: takes connections over TCP and over a Unix socket, and serves the API on them, on one I/O thread or on
// several. A connection stays with the thread that got it. What is not said to be another's runs on the first one.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/error.hpp>
#include <breakerd/http/api/api.hpp>
#include <breakerd/http/api/backend.hpp>
#include <breakerd/http/edge/connections.hpp>
#include <breakerd/http/edge/limits.hpp>
#include <breakerd/http/edge/listener.hpp>
#include <breakerd/http/edge/local_socket.hpp>
#include <breakerd/http/edge/local_user.hpp>

namespace breakerd::http {

struct ServerOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 8080;          ///< 0: any free one, see Server::port()
  std::vector<std::string> services;  ///< folded; empty: any well-formed name goes
  HttpLimits limits;
  const Clock* clock = &machine_clock();  ///< outlives the server
};

/// An event loop that one thread runs, and the backend that gives its answers on that thread.
struct IoLoop {
  boost::asio::io_context& io;
  Backend& backend;
};

class Server {
 public:
  /// Connections are spread over `loops`, which is not empty; the first one accepts, too. All of them outlive this.
  /// Must not be destroyed while a loop runs.
  Server(const std::vector<IoLoop>& loops, const ServerOptions& options);
  ~Server();

  /// Binds and accepts. Errors: invalid for an address that is none, storage when the system refuses the address.
  [[nodiscard]] Result<void> listen();

  /// Accepts on a Unix socket, too, until stop(), which removes its file. Once. Errors as LocalSocket::listen().
  [[nodiscard]] Result<void> listen_locally(const std::filesystem::path& path);

  /// The port that was bound; after listen().
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Stops accepting, answers what is in flight, closes, and then calls `done`, a little after the shutdown_timeout at
  /// the latest, whatever the backends do, on the thread that is the last to be done.
  void stop(std::function<void()> done);

 private:
  /// What one loop serves.
  struct Share {
    Share(const IoLoop& loop, const ServerOptions& options, Load& load, std::shared_ptr<KeysInProgress> keys);

    void tick();

    boost::asio::io_context& io;
    Api api;
    Connections connections;
    boost::asio::steady_timer ticker;
    bool stopped = false;
  };

  /// Takes what comes over TCP.
  class Shared final : public Listener::Taker {
   public:
    explicit Shared(Server& server) : server_{server} {}
    [[nodiscard]] Connections* next() override;
    void take(Connections& connections, StreamSocket socket, bool scarce) override;

   private:
    Server& server_;
  };

  /// Takes what comes over the Unix socket.
  class Local final : public Listener::Taker {
   public:
    explicit Local(Server& server) : server_{server} {}
    [[nodiscard]] Connections* next() override;
    void take(Connections& connections, StreamSocket socket, bool scarce) override;

   private:
    Server& server_;
  };

  [[nodiscard]] Connections& least_busy();

  std::string bind_;
  std::uint16_t port_;
  Load load_;
  std::vector<std::unique_ptr<Share>> shares_;
  std::atomic<std::size_t> stopping_{0};  ///< shares that are
  std::function<void()> stopped_;
  Shared shared_{*this};
  Local local_{*this};
  Listener listener_;
  Listener local_listener_;
  std::optional<LocalSocket> local_socket_;
  LocalUsers local_users_;
};

}  // namespace breakerd::http
