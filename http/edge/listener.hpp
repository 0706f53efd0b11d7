#pragma once
// Accepts the connections of one address, TCP or Unix, for as long as whoever takes them has room. When the process has
// no descriptor left, it accepts with the ones it has kept back. Everything runs on the loop it was made with.

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include <breakerd/http/edge/socket_transport.hpp>
#include <breakerd/http/edge/spare_descriptors.hpp>

namespace breakerd::http {

class Connections;

class Listener {
 public:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

  /// Who takes the connections.
  class Taker {
   public:
    virtual ~Taker() = default;
    /// Whom the next one is for; null: there is no room now, and it is left in the kernel's queue for a moment.
    [[nodiscard]] virtual Connections* next() = 0;
    /// `scarce`: accepted with a descriptor that had been kept back.
    virtual void take(Connections& connections, StreamSocket socket, bool scarce) = 0;
  };

  /// `name` is for the log. `spares` descriptors are kept back. `taker` outlives this.
  Listener(boost::asio::io_context& io, std::string name, std::size_t spares, Taker& taker);

  /// `acceptor` is listening.
  void start(Acceptor acceptor);
  void close();

 private:
  void accept();
  void on_accept(Connections& connections, boost::system::error_code error, StreamSocket socket);
  void accept_with_spare();
  void accept_later();
  void report_trouble(const boost::system::error_code& error);

  std::string name_;
  Taker& taker_;
  Acceptor acceptor_;
  boost::asio::steady_timer pause_;
  SpareDescriptors spares_;
  bool in_trouble_ = false;  ///< the last accept found no room in the process; said once
};

}  // namespace breakerd::http
