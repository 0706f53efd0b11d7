// beanstalkd as a durable queue: put, reserve, delete.
#pragma once

#include "protocol.hpp"

namespace breakerd::load {

class BeanstalkProtocol final : public Protocol {
 public:
  explicit BeanstalkProtocol(const RequestShape& shape);

  void encode(const Request& request, std::string& out) override;
  Decoded decode(Call call, std::string_view in, Reply& reply) override;

 private:
  std::size_t batch_jobs_;
  std::string put_;
  std::size_t answers_seen_ = 0;  // of the call being decoded
};

}  // namespace breakerd::load
