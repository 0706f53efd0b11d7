#pragma once
// How many file descriptors the process may have, and how many connections that allows. Connections must never take
// those that storage needs: a log that cannot open a file fails its write, and a failed write opens the circuit.

#include <cstddef>

#include <breakerd/events/model/error.hpp>

namespace breakerd::http {

/// Kept for everything that connections_max does not count: the log, connections for operators, those that are being
/// refused, `socket_connections` over the Unix socket (0: there is none), and the process' own.
[[nodiscard]] std::size_t descriptors_reserved(std::size_t socket_connections);

/// A daemon that may serve fewer connections than this does not start.
inline constexpr std::size_t connections_min = 16;

/// Raises the soft limit of open files to the hard one, as far as the system lets it; gives the limit that holds now.
[[nodiscard]] Result<std::size_t> raise_descriptor_limit();

/// Connections over TCP, and of those that wait.
struct ConnectionRoom {
  std::size_t connections = 0;
  std::size_t waiters = 0;

  friend bool operator==(const ConnectionRoom&, const ConnectionRoom&) = default;
};

/// As many as are `wanted`, or as fit below `descriptors` beside the `reserved` ones: then connections come first, but
/// for a quarter of the room, which waiters may have. `invalid` when there is no room for connections_min of them, or
/// for those that are wanted where that is less.
[[nodiscard]] Result<ConnectionRoom> connections_within(std::size_t descriptors, std::size_t reserved,
                                                        ConnectionRoom wanted);

}  // namespace breakerd::http
