// How one connection talks to one kind of server. An instance belongs to one connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "call.hpp"

namespace breakerd::load {

enum class ProtocolKind : std::uint8_t { http, resp, beanstalk, postgres, amqp };

/// What requests look like; the same for every connection of a run.
struct RequestShape {
  std::size_t batch_jobs = 1'000;  // jobs of one enqueue_batch
  std::size_t lease_jobs_max = 1;  // jobs asked for by one lease
  bool batch_as_ndjson = false;    // HTTP: NDJSON instead of a JSON array
  std::string campaign_id;         // HTTP: the campaign of every enqueued job; empty: none
};

/// The state of a decode: how many bytes were used, and whether the whole answer was in them.
struct Decoded {
  std::size_t bytes = 0;
  bool whole = false;
};

class Protocol {
 public:
  virtual ~Protocol() = default;

  /// Whether a connection must say something (Call::greet) and hear the answer before its first request.
  [[nodiscard]] virtual bool greets() const noexcept { return false; }

  /// Appends the bytes of one request to `out`.
  /// Throws std::invalid_argument for a call this kind of server does not have.
  virtual void encode(const Request& request, std::string& out) = 0;

  /// Reads the answer to `call` from the front of `in`, filling `reply` (reset by the caller when
  /// the answer's first byte is read). Bytes reported as used must not be given again.
  virtual Decoded decode(Call call, std::string_view in, Reply& reply) = 0;
};

/// The payload of every job in every protocol, so that all servers store the same bytes.
[[nodiscard]] std::string_view job_payload() noexcept;

/// `connection` numbers the connection within the run (a consumer's name, for those who need one).
[[nodiscard]] std::unique_ptr<Protocol> make_protocol(ProtocolKind kind, const RequestShape& shape,
                                                      std::size_t connection);

}  // namespace breakerd::load
