#pragma once
// A connection that was accepted, with what was found out about it.

#include <cstdint>
#include <memory>
#include <string>

#include <breakerd/http/edge/transport.hpp>

namespace breakerd::http {

/// What a connection is counted as. Each kind has a bound of its own, so that a flood of one leaves room for the
/// others.
enum class Seat : std::uint8_t {
  shared,           ///< TCP, up to connections_max
  shared_operator,  ///< TCP, above it: one call each, and of the operator's only (Handler::is_operators)
  local,            ///< the Unix socket, up to socket_connections_max
  local_operator,   ///< the Unix socket, above it: as shared_operator
  waiter,           ///< one of the first or third kind on which a request has waited, up to waiters_max
  none,             ///< nowhere: told so, and closed
};

struct Newcomer {
  std::unique_ptr<Transport> transport;
  Seat seat;
  std::string principal;  ///< who asks, for the log
};

}  // namespace breakerd::http
