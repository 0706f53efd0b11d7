#include <breakerd/http/edge/socket_transport.hpp>

#include <utility>

namespace breakerd::http {

using boost::system::error_code;

SocketTransport::SocketTransport(StreamSocket socket) : socket_{std::move(socket)} {
  error_code ignored;  // a socket that is gone already shows at the first read
  socket_.non_blocking(true, ignored);
}

void SocketTransport::read(boost::asio::mutable_buffer room, User& user) {
  socket_.async_read_some(room, [&user](error_code error, std::size_t count) { user.on_read(error, count); });
}

std::size_t SocketTransport::write_some(boost::asio::const_buffer bytes, error_code& error) {
  return socket_.write_some(bytes, error);
}

void SocketTransport::wait_until_writable(User& user) {
  socket_.async_wait(StreamSocket::wait_write, [&user](error_code error) { user.on_writable(error); });
}

error_code SocketTransport::end_output() {
  error_code error;
  socket_.shutdown(StreamSocket::shutdown_send, error);
  return error;
}

void SocketTransport::cancel() {
  error_code ignored;  // what is not cancelled ends when the peer sends more, or hangs up
  socket_.cancel(ignored);
}

void SocketTransport::close() {
  error_code ignored;  // closing is all that can be done
  socket_.close(ignored);
}

}  // namespace breakerd::http
