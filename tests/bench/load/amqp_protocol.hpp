// RabbitMQ as a durable queue: a quorum queue, publishes that are confirmed, basic.get and a basic.ack by hand. Speaks
// AMQP 0-9-1. An ack has no answer in this protocol: it counts as answered when it is sent, which favours RabbitMQ.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "protocol.hpp"

namespace breakerd::load {

class AmqpProtocol final : public Protocol {
 public:
  explicit AmqpProtocol(const RequestShape& shape);

  [[nodiscard]] bool greets() const noexcept override { return true; }
  void encode(const Request& request, std::string& out) override;
  Decoded decode(Call call, std::string_view in, Reply& reply) override;

 private:
  void publish(std::size_t jobs, std::string& out);
  bool read_frame(Call call, std::uint8_t type, std::string_view body, Reply& reply);
  bool read_method(Call call, std::string_view body, Reply& reply);

  std::size_t batch_jobs_;
  std::string publish_;
  std::uint64_t published_ = 0;  // the broker numbers a channel's publishes from 1
  std::set<std::uint64_t> unconfirmed_;
  std::uint64_t content_bytes_left_ = 0;  // of the message being received
};

}  // namespace breakerd::load
