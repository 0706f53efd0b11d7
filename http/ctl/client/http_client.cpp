#include <breakerd/http/ctl/client/http_client.hpp>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <thread>

#include <breakerd/events/model/hex.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/http/ctl/client/backoff.hpp>
#include <breakerd/http/ctl/client/resolve.hpp>

namespace breakerd::ctl {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds retry_first{100};
constexpr std::chrono::milliseconds retry_most{2'000};
constexpr std::chrono::milliseconds full_queue_pause{10};
/// For the answer to a wait that was ended.
constexpr std::chrono::milliseconds end_patience{2'000};

http::verb method_of(Verb verb) {
  switch (verb) {
    case Verb::get:
      return http::verb::get;
    case Verb::post:
      return http::verb::post;
    case Verb::patch:
      return http::verb::patch;
    case Verb::put:
      return http::verb::put;
    case Verb::remove:
      return http::verb::delete_;
  }
  return http::verb::get;
}

http::request<http::string_body> to_message(const Request& request, const std::string& host, const std::string& key) {
  http::request<http::string_body> message;
  message.version(11);
  message.method(method_of(request.verb));
  message.target(request.target);
  message.set(http::field::host, host);
  message.set(http::field::user_agent, "breakerctl");
  message.set(http::field::accept, "application/json");
  if (!request.body.empty()) message.set(http::field::content_type, "application/json");
  if (!key.empty()) message.set("Idempotency-Key", key);
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
  if (request.repeat == Repeat::never) return false;
  return error.kind == ErrorKind::no_answer || error.status == 503 || error.code == "in_progress";
}

}  // namespace

/// The socket and what belongs to it. Every operation is started asynchronously and run to its end or its deadline.
struct HttpClient::Connection {
  asio::io_context context{1};
  beast::basic_stream<asio::generic::stream_protocol> stream{context};
  beast::flat_buffer buffer;
  bool ended = false;  ///< this side of it

  /// Runs the operation that was started. A deadline that moves is looked at meanwhile; the stream knows only the
  /// first.
  void run(const Deadline& deadline) {
    context.restart();
    if (!deadline.moves()) {
      context.run();
      return;
    }
    while (!context.stopped()) {
      context.run_for(Deadline::look_again);
      if (!context.stopped() && deadline.passed()) stream.cancel();
    }
  }

  [[nodiscard]] error_code connect(const Address& address, const Deadline& deadline) {
    if (address.is_local()) return connect_local(address.path, deadline);
    const auto endpoints = resolve(address.host, address.port, deadline);
    if (!endpoints) return endpoints.error();
    error_code error;
    for (const auto& endpoint : *endpoints) {
      if (deadline.passed()) return asio::error::timed_out;
      error_code ignored;  // a socket that is not open yet is what the next attempt needs
      stream.socket().close(ignored);
      stream.async_connect(asio::generic::stream_protocol::endpoint{endpoint},
                           [&error](error_code result) { error = result; });
      run(deadline);
      if (!error) break;
    }
    if (!error) {
      error_code ignored;  // a slower connection is not a wrong one
      stream.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
    }
    return error;
  }

  /// A Unix socket takes a connection at once, or its listener's queue is full (EAGAIN, and nothing to poll for).
  [[nodiscard]] error_code connect_local(const std::string& path, const Deadline& deadline) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), name.sun_path);  // parse_address saw that it fits
    error_code error;
    stream.socket().open(asio::local::stream_protocol{}, error);
    if (!error) stream.socket().non_blocking(true, error);
    if (error) return error;
    while (::connect(stream.socket().native_handle(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
      if (errno != EAGAIN && errno != EINTR) return {errno, boost::system::system_category()};
      if (deadline.passed()) return asio::error::timed_out;
      std::this_thread::sleep_for(full_queue_pause);
    }
    return {};
  }

  [[nodiscard]] error_code write(const http::request<http::string_body>& message, const Deadline& deadline) {
    error_code error;
    http::async_write(stream, message, [&error](error_code result, std::size_t) { error = result; });
    run(deadline);
    return error;
  }

  /// `end_fd`: as in Request. When it is readable this side is ended, and the daemon answers soon: what it has granted
  /// already is not lost.
  [[nodiscard]] error_code read(http::response_parser<http::string_body>& parser, const Deadline& deadline,
                                int end_fd) {
    error_code error;
    asio::posix::stream_descriptor end{context};
    asio::steady_timer patience{context};
    const auto begin_end = [&](error_code result) {
      if (result) return;
      ended = true;
      error_code ignored;  // a connection that is gone shows when it is read
      stream.socket().shutdown(asio::socket_base::shutdown_send, ignored);
      patience.expires_after(end_patience);
      patience.async_wait([this](error_code cancelled) {
        if (!cancelled) stream.cancel();
      });
    };
    if (end_fd >= 0) {
      end.assign(end_fd);
      end.async_wait(asio::posix::stream_descriptor::wait_read, begin_end);
    }
    http::async_read(stream, buffer, parser, [&](error_code result, std::size_t) {
      error = result;
      if (end_fd >= 0) end.cancel();
      patience.cancel();
    });
    run(deadline);
    if (end_fd >= 0) end.release();  // it is the caller's
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

CliResult<HttpClient::RawAnswer> HttpClient::exchange(const Request& request, const std::string& key) {
  const auto own = request.timeout.count() > 0 ? request.timeout : options_.timeout;
  const SteadyTime timeout = clock().steady() + std::min(own, options_.timeout) + request.wait;
  const Deadline deadline{clock(), timeout, request.latest};
  // The stream waits by the machine's clock, whatever ours says.
  const auto left = [&] { return std::max(timeout - clock().steady(), SteadyTime::duration{1}); };
  if (connection_ && !connection_->usable_again()) connection_.reset();
  if (!connection_) {
    auto fresh = std::make_unique<Connection>();
    fresh->stream.expires_after(left());
    if (const auto error = fresh->connect(options_.address, deadline)) {
      return CliError{ErrorKind::unreachable,
                      fmt::format("cannot reach breakerd at {}: {}", options_.address.to_string(), error.message())};
    }
    connection_ = std::move(fresh);
  }

  // Until the answer is whole, the connection is not one to keep.
  auto connection = std::move(connection_);
  connection->stream.expires_after(left());
  const auto lost = [&](const error_code& error) {
    return CliError{ErrorKind::no_answer,
                    fmt::format("breakerd at {} gave no answer ({}): it may or may not have done what was asked",
                                options_.address.to_string(), error.message())};
  };
  // After a failed write the answer may be there all the same: a refusal of a body too large is sent early.
  const auto write_error = connection->write(to_message(request, options_.address.authority(), key), deadline);
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_bytes_max);
  if (const auto error = connection->read(parser, deadline, request.end_fd)) {
    if (error == http::error::body_limit) {
      return CliError{ErrorKind::unintelligible, fmt::format("the answer is longer than {} bytes", answer_bytes_max)};
    }
    return lost(write_error ? write_error : error);
  }

  auto message = parser.release();
  RawAnswer answer{message.result_int(), std::move(message.body())};
  if (message.keep_alive() && !write_error && !connection->ended) {
    connection->stream.expires_never();
    connection_ = std::move(connection);
  }
  return answer;
}

/// 128 random bits, as text.
std::string HttpClient::draw_key() const {
  Uuid key;
  randomness().fill(key.bytes);
  return to_hex(key.bytes);
}

CliResult<Reply> HttpClient::attempt(const Request& request, const std::string& key) {
  const bool reused = connection_ != nullptr;
  auto answer = exchange(request, key);
  // The daemon may close an idle connection in the very moment it is used again.
  if (!answer && reused && answer.error().kind == ErrorKind::no_answer && request.repeat != Repeat::never) {
    answer = exchange(request, key);
  }
  if (!answer) return answer.error();
  return read_answer(answer->status, std::move(answer->body));
}

CliResult<Reply> HttpClient::call(const Request& request) {
  const SteadyTime give_up = clock().steady() + options_.patience;
  Backoff backoff{retry_first, retry_most, randomness()};
  const std::string key = request.repeat == Repeat::keyed ? draw_key() : std::string{};
  for (;;) {
    auto reply = attempt(request, key);
    if (reply || !worth_repeating(request, reply.error())) return reply;
    const auto left = give_up - clock().steady();
    if (left <= SteadyTime::duration::zero()) return reply;
    std::this_thread::sleep_for(
        std::min<SteadyTime::duration>(backoff.next(), left));  // the last attempt is at the end
  }
}

}  // namespace breakerd::ctl
