// A small outside service for the demo: answers POST /enrich over HTTP, and writes down every code it was asked for,
// so that it can be told afterwards how often each job really ran.
//
//   enrich_service PORT LEDGER      PORT 0: any free one; "listening PORT" is printed when it is ready

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

http::response<http::string_body> enrich(const http::request<http::string_body>& request, std::ofstream& ledger) {
  http::response<http::string_body> response{http::status::ok, request.version()};
  response.set(http::field::content_type, "application/json");
  const auto body = nlohmann::json::parse(request.body(), nullptr, false);
  if (request.method() != http::verb::post || !body.is_object() || !body.contains("code") ||
      !body["code"].is_string()) {
    response.result(http::status::bad_request);
    response.body() = R"({"error":"a code is needed"})";
  } else {
    const std::string code = body["code"];
    ledger << code << std::endl;  // flushed: a killed service must not forget what it did
    response.body() = nlohmann::json{{"code", code}, {"country", code.substr(0, 2)}}.dump();
  }
  response.prepare_payload();
  return response;
}

void serve_one(tcp::socket socket, std::ofstream& ledger) {
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  boost::system::error_code error;
  http::read(socket, buffer, request, error);
  if (error) return;  // a client that went away
  http::write(socket, enrich(request, ledger), error);
  socket.shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: enrich_service PORT LEDGER\n";
    return 2;
  }
  std::ofstream ledger{argv[2], std::ios::app};
  if (!ledger) {
    std::cerr << "cannot write " << argv[2] << "\n";
    return 1;
  }
  asio::io_context io;
  tcp::acceptor acceptor{io, {asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::stoul(argv[1]))}};
  std::cout << "listening " << acceptor.local_endpoint().port() << std::endl;
  while (true) serve_one(acceptor.accept(), ledger);
}
