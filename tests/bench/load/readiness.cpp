#include "readiness.hpp"

#include <unistd.h>

#include <ctime>
#include <stdexcept>
#include <system_error>

#include "clock.hpp"
#include "exchange.hpp"
#include "socket.hpp"

namespace breakerd::load {
namespace {

constexpr useconds_t retry_us = 300;
constexpr int answer_ms_max = 10'000;  // a broker that makes its first queue takes its time
constexpr double nanos_per_millisecond = 1e6;

Nanos wall_now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return time.tv_sec * nanos_per_second + time.tv_nsec;
}

bool answers_well(const Options& options) {
  try {
    Socket socket(options.port);
    const auto protocol = make_protocol(options.protocol, options.shape, 0);
    const bool greeted = !protocol->greets() || exchange(socket, *protocol, Call::greet, answer_ms_max).empty();
    return greeted && exchange(socket, *protocol, Call::ping, answer_ms_max).empty();
  } catch (const std::system_error&) {
    return false;  // refused or reset: it is still starting
  }
}

}  // namespace

double milliseconds_to_ready(const Options& options) {
  const Nanos since = options.since_ns > 0 ? options.since_ns : wall_now();
  const Nanos give_up = wall_now() + to_nanos(options.seconds);
  while (!answers_well(options)) {
    if (wall_now() > give_up) throw std::runtime_error("the server did not get ready");
    ::usleep(retry_us);
  }
  return static_cast<double>(wall_now() - since) / nanos_per_millisecond;
}

}  // namespace breakerd::load
