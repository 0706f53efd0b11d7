// breakerd's HTTP API as the generator uses it.
#pragma once

#include "protocol.hpp"

namespace breakerd::load {

class HttpProtocol final : public Protocol {
 public:
  explicit HttpProtocol(const RequestShape& shape);

  void encode(const Request& request, std::string& out) override;
  Decoded decode(Call call, std::string_view in, Reply& reply) override;

 private:
  // Requests that never change are put together once.
  std::string enqueue_;
  std::string enqueue_batch_;
  std::string lease_;
  std::size_t lease_jobs_max_;
};

}  // namespace breakerd::load
