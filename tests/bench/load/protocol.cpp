#include "protocol.hpp"

#include "amqp_protocol.hpp"
#include "beanstalk_protocol.hpp"
#include "http_protocol.hpp"
#include "postgres_protocol.hpp"
#include "resp_protocol.hpp"

namespace breakerd::load {

std::string_view job_payload() noexcept {
  return R"({"recipient":"someone@example.org","template":"order-shipped","order":4711207,)"
         R"("items":[3,1,4],"locale":"de-AT","trace":"b7ad6b7169203331"})";
}

std::unique_ptr<Protocol> make_protocol(ProtocolKind kind, const RequestShape& shape, std::size_t connection) {
  switch (kind) {
    case ProtocolKind::resp:
      return std::make_unique<RespProtocol>(shape, connection);
    case ProtocolKind::beanstalk:
      return std::make_unique<BeanstalkProtocol>(shape);
    case ProtocolKind::postgres:
      return std::make_unique<PostgresProtocol>(shape);
    case ProtocolKind::amqp:
      return std::make_unique<AmqpProtocol>(shape);
    case ProtocolKind::http:
      break;
  }
  return std::make_unique<HttpProtocol>(shape);
}

}  // namespace breakerd::load
