#include "exchange.hpp"

#include <poll.h>

namespace breakerd::load {

std::string exchange(Socket& socket, Protocol& protocol, Call call, int silence_ms_max) {
  Reply reply;
  reply.reset(call);
  protocol.encode({call}, socket.output());
  if (!socket.flush()) return "it does not read";
  for (;;) {
    pollfd waiting{socket.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, silence_ms_max) <= 0) return "it is silent";
    if (!socket.receive()) return "it closed the connection";
    const Decoded decoded = protocol.decode(call, socket.input(), reply);
    socket.consume(decoded.bytes);
    if (decoded.whole) return reply.error;
  }
}

}  // namespace breakerd::load
