#pragma once
// A connection over a socket of the system's, TCP or Unix.

#include <boost/asio/generic/stream_protocol.hpp>

#include <breakerd/http/edge/transport.hpp>

namespace breakerd::http {

/// A stream, whether it came over TCP or over the Unix socket.
using StreamSocket = boost::asio::generic::stream_protocol::socket;

class SocketTransport final : public Transport {
 public:
  explicit SocketTransport(StreamSocket socket);

  void read(boost::asio::mutable_buffer room, User& user) override;
  [[nodiscard]] std::size_t write_some(boost::asio::const_buffer bytes, boost::system::error_code& error) override;
  void wait_until_writable(User& user) override;
  [[nodiscard]] boost::system::error_code end_output() override;
  void cancel() override;
  void close() override;

 private:
  StreamSocket socket_;
};

}  // namespace breakerd::http
