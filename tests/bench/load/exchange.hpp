// One call on a connection of its own, waited for: what is said before or beside the measured load.
#pragma once

#include <string>

#include "protocol.hpp"
#include "socket.hpp"

namespace breakerd::load {

/// Sends `call` and waits for its whole answer, at most `silence_ms_max` for each part of it. Returns what is wrong:
/// nothing when the answer was as expected. Throws std::system_error when the connection breaks.
[[nodiscard]] std::string exchange(Socket& socket, Protocol& protocol, Call call, int silence_ms_max);

}  // namespace breakerd::load
