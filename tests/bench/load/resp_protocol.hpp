// Redis Streams as a durable queue: XADD, XREADGROUP, and XACK with XDEL sent together. A round is XACK and XREADGROUP,
// sent together, without XDEL: no more than is compared. The caller has made the stream and the group (XGROUP CREATE
// bench workers 0 MKSTREAM).
#pragma once

#include "protocol.hpp"

namespace breakerd::load {

class RespProtocol final : public Protocol {
 public:
  RespProtocol(const RequestShape& shape, std::size_t connection);

  void encode(const Request& request, std::string& out) override;
  Decoded decode(Call call, std::string_view in, Reply& reply) override;

 private:
  [[nodiscard]] std::size_t answers_to(Call call) const noexcept;

  std::size_t batch_jobs_;
  std::string enqueue_;
  std::string lease_;
  std::size_t answers_seen_ = 0;  // of the call being decoded
};

}  // namespace breakerd::load
