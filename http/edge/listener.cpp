#include <breakerd/http/edge/listener.hpp>

#include <spdlog/spdlog.h>

#include <cerrno>

#include <breakerd/http/edge/connections.hpp>

namespace breakerd::http {
namespace {

using boost::system::error_code;

/// How long to leave newcomers waiting when there is no room for them.
constexpr std::chrono::milliseconds accept_pause{50};

/// The process, or the system, has no file descriptor left.
bool is_shortage(const error_code& error) {
  return error.category() == boost::system::system_category() && (error.value() == EMFILE || error.value() == ENFILE);
}

}  // namespace

Listener::Listener(boost::asio::io_context& io, std::string name, std::size_t spares, Taker& taker)
    : name_{std::move(name)}, taker_{taker}, acceptor_{io}, pause_{io}, spares_{spares} {}

void Listener::start(Acceptor acceptor) {
  acceptor_ = std::move(acceptor);
  accept();
}

void Listener::close() {
  error_code ignored;  // closing an acceptor leaves nothing to be done about an error
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  if (!acceptor_.is_open()) return;
  Connections* const connections = taker_.next();
  if (connections == nullptr || !spares_.fill()) return accept_later();
  acceptor_.async_accept(connections->io(), [this, connections](error_code error, StreamSocket socket) {
    on_accept(*connections, error, std::move(socket));
  });
}

void Listener::on_accept(Connections& connections, error_code error, StreamSocket socket) {
  if (error == boost::asio::error::operation_aborted) return;
  if (error == boost::asio::error::connection_aborted) return accept();  // that client has gone again
  report_trouble(error);
  if (is_shortage(error)) accept_with_spare();
  if (error) return accept_later();
  taker_.take(connections, std::move(socket), false);
  accept();
}

void Listener::accept_with_spare() {
  Connections* const connections = taker_.next();
  if (connections == nullptr) return;
  spares_.release_one();
  StreamSocket socket{connections->io()};
  error_code error;
  acceptor_.accept(socket, error);
  if (!error) taker_.take(*connections, std::move(socket), true);
}

void Listener::accept_later() {
  pause_.expires_after(accept_pause);
  pause_.async_wait([this](error_code error) {
    if (!error) accept();
  });
}

void Listener::report_trouble(const error_code& error) {
  if (error.failed() == in_trouble_) return;
  in_trouble_ = error.failed();
  if (in_trouble_) {
    spdlog::warn("cannot accept connections over {}: {}; trying again until it works", name_, error.message());
  } else {
    spdlog::info("connections are accepted again over {}", name_);
  }
}

}  // namespace breakerd::http
