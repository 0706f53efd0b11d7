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

/// The connections, `wanted` or fewer, that fit below `descriptors` beside the `reserved` ones. `invalid` when there is
/// no room for connections_min, or for `wanted` where that is less.
[[nodiscard]] Result<std::size_t> connections_within(std::size_t descriptors, std::size_t reserved, std::size_t wanted);

}  // namespace breakerd::http
