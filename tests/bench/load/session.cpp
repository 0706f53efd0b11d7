#include "session.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "exchange.hpp"

namespace breakerd::load {
namespace {

constexpr int greeting_ms_max = 30'000;

}  // namespace

Session::Session(Ground ground, std::uint16_t port, std::unique_ptr<Protocol> protocol, std::unique_ptr<Script> script,
                 SessionEvents& events)
    : ground_(ground), socket_(port), protocol_(std::move(protocol)), script_(std::move(script)), events_(events) {
  if (!protocol_->greets()) return;
  const std::string error = exchange(socket_, *protocol_, Call::greet, greeting_ms_max);
  if (!error.empty()) throw std::runtime_error("the server does not welcome a connection: " + error);
}

bool Session::begin(Nanos intended) {
  intended_ = intended;
  script_->begin(*this);
  intended_ = 0;
  socket_.flush();
  return !pending_.empty();
}

void Session::send(const Request& request) {
  protocol_->encode(request, socket_.output());
  pending_.push_back(Pending{request.call, intended_ > 0 ? intended_ : monotonic_now()});
}

void Session::count(std::uint64_t operations) {
  if (is_front()) events_.operations_finished(operations);
}

bool Session::on_readable() {
  const bool open = socket_.receive();
  while (!pending_.empty()) {
    const Pending waiting = pending_.front();
    if (!reply_begun_) reply_.reset(waiting.call);
    reply_begun_ = true;
    const Decoded decoded = protocol_->decode(waiting.call, socket_.input(), reply_);
    socket_.consume(decoded.bytes);
    if (!decoded.whole) break;
    reply_begun_ = false;
    pending_.pop_front();
    handle_reply(waiting);
  }
  if (!open) throw std::runtime_error("the server closed a connection");
  socket_.flush();
  return pending_.empty();
}

void Session::handle_reply(const Pending& answered) {
  if (!reply_.error.empty()) {
    events_.call_failed(answered.call, reply_.error);
    return;
  }
  if (answered.call == Call::lease && reply_.jobs.empty()) {
    events_.lease_empty();
  } else {
    events_.call_answered(answered.call, monotonic_now() - answered.since);
  }
  script_->answered(reply_, *this);
}

}  // namespace breakerd::load
