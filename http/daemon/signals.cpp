#include <breakerd/http/daemon/signals.hpp>

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace breakerd::http {
namespace {

/// Nothing is closed or unwound. That loses nothing: whatever was acknowledged is durable.
[[noreturn]] void end_at_once() {
  spdlog::default_logger()->flush();
  std::_Exit(exit_at_once);
}

}  // namespace

Signals::Signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) signals_.add(signal);
  listen();
  thread_ = std::thread{[this] { io_.run(); }};
}

Signals::~Signals() {
  io_.stop();
  thread_.join();
}

void Signals::ask_for_stop(int exit_code) {
  const std::lock_guard lock{mutex_};
  if (!exit_code_) exit_code_ = exit_code;
  asked_.notify_all();
}

int Signals::wait_for_stop() {
  std::unique_lock lock{mutex_};
  asked_.wait(lock, [this] { return exit_code_.has_value(); });
  return *exit_code_;
}

void Signals::listen() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    on_signal(signal);
    listen();
  });
}

void Signals::on_signal(int signal) {
  if (signal == SIGHUP) {
    spdlog::warn("SIGHUP is ignored: settings are read at the start only");
  } else if (std::exchange(stop_signalled_, true)) {
    spdlog::critical("signal {} again: ending at once, what is in flight is not answered", signal);
    end_at_once();
  } else {
    spdlog::info("signal {}: finishing what is in flight; a second one ends at once", signal);
    ask_for_stop(0);
  }
}

}  // namespace breakerd::http
