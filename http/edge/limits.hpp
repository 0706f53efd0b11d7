#pragma once
// Named bounds of the wire, with their defaults. What a command may carry is in events/model/limits.hpp. Every one can
// be set (see config.hpp); docs/limits.md has the table for users.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace breakerd::http {

struct HttpLimits {
  std::size_t connections_max = 1'024;         ///< over TCP; over it: operator_connections_max more, then 503 and close
  std::size_t socket_connections_max = 64;     ///< over the Unix socket; likewise
  std::size_t waiters_max = 10'000;            ///< leases that wait, and connections on which one has; over it: 503
  std::size_t header_bytes_max = 16 << 10;     ///< request line and header fields; over it: 431 and close
  std::size_t header_fields_max = 64;          ///< over it: 431 and close
  std::size_t body_bytes_max = 16 << 20;       ///< over it: 413 and close, before the body is read
  std::size_t chunk_line_bytes_max = 256;      ///< a chunk's size line with its extensions; over it: 400 and close
  std::size_t pipeline_requests_max = 64;      ///< unanswered requests of one connection; over it: not read
  std::size_t requests_in_flight_max = 8'192;  ///< unanswered requests of all connections; over it: 503
  std::size_t memory_bytes_max = 192 << 20;    ///< for requests and answers of all connections; over it: they wait
  std::size_t connection_bytes_max = 8 << 20;  ///< of it, one connection's; over it: no more of its requests are taken
  std::size_t json_values_max = 1'000'000;     ///< values in one body; over it: 413
  std::chrono::milliseconds header_timeout{10'000};    ///< from the first byte of a request to the end of its header
  std::chrono::milliseconds body_timeout{60'000};      ///< from the end of the header to the end of the body
  std::chrono::milliseconds idle_timeout{75'000};      ///< between requests
  std::chrono::milliseconds write_timeout{60'000};     ///< for the client to take what is written to it
  std::chrono::milliseconds room_timeout{10'000};      ///< for room in memory; over it: 503
  std::chrono::milliseconds slow_timeout{2'000};       ///< and the time at slow_bytes_per_s: while others wait for room
  std::chrono::milliseconds drain_timeout{2'000};      ///< after the last answer, for the client to have read it
  std::chrono::milliseconds shutdown_timeout{10'000};  ///< for requests in flight when the server stops
  std::chrono::milliseconds tick{250};                 ///< how often timeouts are looked at
};

/// Connections above connections_max, and as many above socket_connections_max, that answer only the operator's calls.
inline constexpr std::size_t operator_connections_max = 32;

/// On those, the time for a request to arrive, and to be sent once begun: no longer than this.
inline constexpr std::chrono::milliseconds operator_patience{2'000};

/// Descriptors that each listener keeps back for when the process has no other.
inline constexpr std::size_t spare_descriptors = 4;

/// Connections above all these that are being told so at the same time; more wait in the kernel's queue.
inline constexpr std::size_t refusals_max = 64;

/// A client that is slower than this, in taking an answer or in sending a body, loses its connection to those who wait.
inline constexpr std::size_t slow_bytes_per_s = 512 << 10;

}  // namespace breakerd::http
