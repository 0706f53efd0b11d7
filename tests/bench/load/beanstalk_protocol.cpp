#include "beanstalk_protocol.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>

namespace breakerd::load {
namespace {

constexpr std::string_view reserved = "RESERVED ";
constexpr std::string_view found = "OK ";  // "OK <bytes>", the head of a stats answer

// The bytes of the body that follows `line`, with its line end; 0 for answers without a body.
std::size_t body_bytes(std::string_view line) {
  if (!line.starts_with(reserved) && !line.starts_with(found)) return 0;
  const std::size_t digits = line.rfind(' ') + 1;
  std::size_t length = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), length);
  return length + 2;
}

bool is_expected(Call call, std::string_view line) {
  switch (call) {
    case Call::enqueue:
    case Call::enqueue_batch:
      return line.starts_with("INSERTED ");
    case Call::lease:
      return line.starts_with(reserved) || line == "TIMED_OUT";
    case Call::complete:
      return line == "DELETED";
    default:
      return line.starts_with(found);
  }
}

// Reads one answer; nothing while it is incomplete.
std::optional<std::size_t> read_answer(Call call, std::string_view in, Reply& reply) {
  const std::size_t end = in.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = in.substr(0, end);
  const std::size_t bytes = end + 2 + body_bytes(line);
  if (in.size() < bytes) return std::nullopt;
  if (!is_expected(call, line)) reply.error = line;
  if (line.starts_with(reserved)) {
    const std::string_view rest = line.substr(reserved.size());
    reply.jobs.push_back(Job{std::string(rest.substr(0, rest.find(' '))), {}});
  }
  return bytes;
}

}  // namespace

BeanstalkProtocol::BeanstalkProtocol(const RequestShape& shape) : batch_jobs_(shape.batch_jobs) {
  if (shape.lease_jobs_max != 1) throw std::invalid_argument("beanstalkd leases one at a time");
  put_ = "put 100 0 120 " + std::to_string(job_payload().size()) + "\r\n";
  put_.append(job_payload()).append("\r\n");
}

void BeanstalkProtocol::encode(const Request& request, std::string& out) {
  switch (request.call) {
    case Call::enqueue:
      out += put_;
      break;
    case Call::enqueue_batch:
      for (std::size_t i = 0; i < batch_jobs_; ++i) out += put_;
      break;
    case Call::lease:
      out += "reserve-with-timeout 0\r\n";
      break;
    case Call::complete:
      out.append("delete ").append(request.id).append("\r\n");
      break;
    case Call::ping:
      out += "stats\r\n";
      break;
    default:
      throw std::invalid_argument("beanstalkd has no such call");
  }
}

Decoded BeanstalkProtocol::decode(Call call, std::string_view in, Reply& reply) {
  const std::size_t answers = call == Call::enqueue_batch ? batch_jobs_ : 1;
  std::size_t used = 0;
  while (answers_seen_ < answers) {
    const auto answer = read_answer(call, in.substr(used), reply);
    if (!answer) return {used, false};
    used += *answer;
    ++answers_seen_;
  }
  answers_seen_ = 0;
  return {used, true};
}

}  // namespace breakerd::load
