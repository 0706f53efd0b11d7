// PostgreSQL as a durable queue: prepared statements over one table, leases with FOR UPDATE SKIP LOCKED, each call its
// own transaction. Speaks version 3 of its protocol, to a server that trusts local connections. The caller has made the
// table (tests/bench/peers/postgres.sql).
#pragma once

#include <cstddef>
#include <string>

#include "protocol.hpp"

namespace breakerd::load {

class PostgresProtocol final : public Protocol {
 public:
  explicit PostgresProtocol(const RequestShape& shape);

  [[nodiscard]] bool greets() const noexcept override { return true; }
  void encode(const Request& request, std::string& out) override;
  Decoded decode(Call call, std::string_view in, Reply& reply) override;

 private:
  void read_message(Call call, char type, std::string_view body, Reply& reply);

  std::string greeting_;
  // Requests that never change are put together once.
  std::string enqueue_;
  std::string enqueue_batch_;
  std::string lease_;
  std::string ping_;
  std::size_t ready_seen_ = 0;  // of the call being decoded
};

}  // namespace breakerd::load
