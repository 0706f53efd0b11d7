// A small outside service in any state of health: answers every request to /N with status N, and closes the connection
// without an answer for /drop.
//
//   status_service      "listening PORT" is printed when it is ready

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdlib>
#include <iostream>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

void serve_one(tcp::socket socket) {
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  boost::system::error_code error;
  http::read(socket, buffer, request, error);
  const std::string target{request.target()};
  if (error || target == "/drop") return;
  http::response<http::string_body> response{
      http::int_to_status(static_cast<unsigned>(std::strtoul(target.c_str() + 1, nullptr, 10))), request.version()};
  response.set(http::field::content_type, "application/json");
  response.body() = R"({"path":")" + target + "\"}";
  response.prepare_payload();
  http::write(socket, response, error);
  socket.shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace

int main() {
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), 0}};
  std::cout << "listening " << acceptor.local_endpoint().port() << std::endl;
  while (true) serve_one(acceptor.accept());
}
