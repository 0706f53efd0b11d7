#include "http/cli/http_client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <thread>

#include "http/cli/backoff.hpp"

namespace breakerd::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds retry_first{100};
constexpr std::chrono::milliseconds retry_most{2'000};

http::request<http::string_body> to_message(const Request& request, const std::string& host) {
  http::request<http::string_body> message;
  message.version(11);
  message.method(request.verb == Verb::get ? http::verb::get : http::verb::post);
  message.target(request.target);
  message.set(http::field::host, host);
  message.set(http::field::user_agent, "breakerctl");
  message.set(http::field::accept, "application/json");
  if (!request.body.empty()) message.set(http::field::content_type, "application/json");
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

/// Whether the daemon can have done nothing of what was asked.
bool certainly_undone(const CliError& error) {
  return error.kind == ErrorKind::unreachable || (error.status == 503 && error.code == "unavailable");
}

bool worth_repeating(const Request& request, const CliError& error) {
  if (certainly_undone(error)) return true;
  return request.repeat == Repeat::safe && (error.kind == ErrorKind::no_answer || error.status == 503);
}

}  // namespace

/// The socket and what belongs to it. Every operation is started asynchronously and run to its end or its deadline.
struct HttpClient::Connection {
  asio::io_context context{1};
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;

  void run() {
    context.restart();
    context.run();
  }

  [[nodiscard]] error_code connect(const Address& address) {
    error_code error;
    asio::ip::tcp::resolver resolver{context};
    const auto endpoints = resolver.resolve(address.host, address.port, error);
    if (error) return error;
    stream.async_connect(endpoints, [&error](error_code result, const auto&) { error = result; });
    run();
    if (!error) {
      error_code ignored;  // a slower connection is not a wrong one
      stream.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
    }
    return error;
  }

  [[nodiscard]] error_code write(const http::request<http::string_body>& message) {
    error_code error;
    http::async_write(stream, message, [&error](error_code result, std::size_t) { error = result; });
    run();
    return error;
  }

  [[nodiscard]] error_code read(http::response_parser<http::string_body>& parser) {
    error_code error;
    http::async_read(stream, buffer, parser, [&error](error_code result, std::size_t) { error = result; });
    run();
    return error;
  }

  /// An idle connection with something to read is one that the daemon closed, or that is out of step.
  [[nodiscard]] bool usable_again() {
    char byte = 0;
    const auto got = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && buffer.size() == 0;
  }
};

HttpClient::HttpClient(ClientOptions options) : options_{std::move(options)} {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

CliResult<HttpClient::RawAnswer> HttpClient::exchange(const Request& request) {
  const auto own = request.timeout.count() > 0 ? request.timeout : options_.timeout;
  const auto deadline = Clock::now() + std::min(own, options_.timeout);
  if (connection_ && !connection_->usable_again()) connection_.reset();
  if (!connection_) {
    auto fresh = std::make_unique<Connection>();
    fresh->stream.expires_at(deadline);
    if (const auto error = fresh->connect(options_.address)) {
      return CliError{ErrorKind::unreachable,
                      fmt::format("cannot reach breakerd at {}: {}", options_.address.to_string(), error.message())};
    }
    connection_ = std::move(fresh);
  }

  // Until the answer is whole, the connection is not one to keep.
  auto connection = std::move(connection_);
  connection->stream.expires_at(deadline);
  const auto lost = [&](const error_code& error) {
    return CliError{ErrorKind::no_answer,
                    fmt::format("breakerd at {} gave no answer ({}): it may or may not have done what was asked",
                                options_.address.to_string(), error.message())};
  };
  // After a failed write the answer may be there all the same: a refusal of a body too large is sent early.
  const auto write_error = connection->write(to_message(request, options_.address.authority()));
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  if (const auto error = connection->read(parser)) {
    if (error == http::error::body_limit) {
      return CliError{ErrorKind::unintelligible, fmt::format("the answer is longer than {} bytes", answer_bytes_max)};
    }
    return lost(write_error ? write_error : error);
  }

  auto message = parser.release();
  RawAnswer answer{message.result_int(), std::move(message.body())};
  if (message.keep_alive() && !write_error) {
    connection->stream.expires_never();
    connection_ = std::move(connection);
  }
  return answer;
}

CliResult<Reply> HttpClient::attempt(const Request& request) {
  const bool reused = connection_ != nullptr;
  auto answer = exchange(request);
  // The daemon may close an idle connection in the very moment it is used again.
  if (!answer && reused && answer.error().kind == ErrorKind::no_answer && request.repeat == Repeat::safe) {
    answer = exchange(request);
  }
  if (!answer) return answer.error();
  return read_answer(answer->status, std::move(answer->body));
}

CliResult<Reply> HttpClient::call(const Request& request) {
  const auto give_up = Clock::now() + options_.patience;
  Backoff backoff{retry_first, retry_most};
  for (;;) {
    auto reply = attempt(request);
    if (reply || !worth_repeating(request, reply.error())) return reply;
    const auto left = give_up - Clock::now();
    if (left <= Clock::duration::zero()) return reply;
    std::this_thread::sleep_for(std::min<Clock::duration>(backoff.next(), left));  // the last attempt is at the end
  }
}

}  // namespace breakerd::cli
