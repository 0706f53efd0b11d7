#include "callers.hpp"

#include <poll.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <stdexcept>
#include <string>

#include "tests/bench/load/http_protocol.hpp"
#include "tests/bench/load/socket.hpp"

namespace breakerd::guard {
namespace {

/// Loopback delivers within the sender's call, nearly always; a daemon that gives no answer must end all the same.
constexpr int milliseconds_between_turns = 10;
constexpr int turns_max = 1'000;

}  // namespace

struct Callers::Caller {
  explicit Caller(std::uint16_t port) : socket{port} {}

  void send(const load::Request& request) {
    answered = false;
    reply.reset(request.call);
    protocol.encode(request, socket.output());
    if (!socket.flush()) throw std::runtime_error{"a request does not fit into its socket"};
  }

  /// True when the whole answer is there.
  bool receive() {
    if (answered) return true;
    if (!socket.receive()) throw std::runtime_error{"the daemon closed a connection"};
    const load::Decoded decoded = protocol.decode(reply.call, socket.input(), reply);
    socket.consume(decoded.bytes);
    if (!reply.error.empty()) throw std::runtime_error{reply.error};
    answered = decoded.whole;
    return answered;
  }

  load::Socket socket;
  load::HttpProtocol protocol{load::RequestShape{}};
  load::Reply reply;
  bool answered = false;
};

Callers::Callers(OneThread& daemon, std::size_t connections) : daemon_{daemon} {
  for (std::size_t i = 0; i < connections; ++i) callers_.push_back(std::make_unique<Caller>(daemon.port()));
  daemon_.turn();
}

Callers::~Callers() {
  callers_.clear();
  daemon_.turn();
}

std::vector<load::Job> Callers::make(load::Call call, std::size_t count, Turn turn, std::span<const load::Job> jobs) {
  assert(count % callers_.size() == 0);
  std::vector<load::Job> given;
  for (std::size_t made = 0; made < count; made += callers_.size()) {
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      load::Request request{call};
      if (call == load::Call::complete) request = {call, jobs[made + i].id, jobs[made + i].token};
      callers_[i]->send(request);
    }
    wait_for_answers(call, turn);
    for (const auto& caller : callers_)
      std::move(caller->reply.jobs.begin(), caller->reply.jobs.end(), std::back_inserter(given));
  }
  if (call == load::Call::lease && given.size() != count) throw std::runtime_error{"a lease came back without a job"};
  return given;
}

void Callers::wait_for_answers(load::Call call, Turn turn) {
  for (int turns = 0; turns < turns_max; ++turns) {
    turn(daemon_);
    const auto waiting =
        std::find_if(callers_.begin(), callers_.end(), [](const auto& caller) { return !caller->receive(); });
    if (waiting == callers_.end()) return;
    pollfd readable{(*waiting)->socket.descriptor(), POLLIN, 0};
    ::poll(&readable, 1, milliseconds_between_turns);
  }
  throw std::runtime_error{"no answer to a call of " + std::string{load::name(call)}};
}

}  // namespace breakerd::guard
