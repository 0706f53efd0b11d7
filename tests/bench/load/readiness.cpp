#include "readiness.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "clock.hpp"
#include "exchange.hpp"
#include "socket.hpp"
#include "tests/support/eventually.hpp"

namespace breakerd::load {
namespace {

constexpr std::chrono::microseconds retry{300};  // what is measured is no finer than this
constexpr int answer_ms_max = 10'000;            // a broker that makes its first queue takes its time
constexpr double nanos_per_millisecond = 1e6;
constexpr double milliseconds_per_second = 1e3;

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
  const std::chrono::milliseconds limit{static_cast<std::int64_t>(options.seconds * milliseconds_per_second)};
  test::eventually("the server's first answer", [&] { return answers_well(options); }, {limit, retry});
  return static_cast<double>(wall_now() - since) / nanos_per_millisecond;
}

}  // namespace breakerd::load
