#include "amqp_protocol.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "big_endian.hpp"

namespace breakerd::load {
namespace {

enum class Frame : std::uint8_t { method = 1, header = 2, body = 3, heartbeat = 8 };

// Methods by class and number, as the protocol counts them.
constexpr std::uint32_t method_id(std::uint16_t of_class, std::uint16_t number) {
  return (std::uint32_t{of_class} << 16) | number;
}
constexpr std::uint16_t basic_class = 60;
constexpr std::uint32_t connection_start_ok = method_id(10, 11);
constexpr std::uint32_t connection_tune_ok = method_id(10, 31);
constexpr std::uint32_t connection_open = method_id(10, 40);
constexpr std::uint32_t connection_close = method_id(10, 50);
constexpr std::uint32_t channel_open = method_id(20, 10);
constexpr std::uint32_t channel_close = method_id(20, 40);
constexpr std::uint32_t queue_declare = method_id(50, 10);
constexpr std::uint32_t queue_declare_ok = method_id(50, 11);
constexpr std::uint32_t basic_publish = method_id(basic_class, 40);
constexpr std::uint32_t basic_get = method_id(basic_class, 70);
constexpr std::uint32_t basic_get_ok = method_id(basic_class, 71);
constexpr std::uint32_t basic_get_empty = method_id(basic_class, 72);
constexpr std::uint32_t basic_ack = method_id(basic_class, 80);
constexpr std::uint32_t basic_nack = method_id(basic_class, 120);
constexpr std::uint32_t confirm_select = method_id(85, 10);
constexpr std::uint32_t confirm_select_ok = method_id(85, 11);

constexpr std::string_view queue = "bench";
constexpr std::uint16_t channel = 1;
constexpr std::uint8_t durable = 2;
constexpr std::uint32_t frame_bytes_max = 131'072;
constexpr std::size_t frame_head_bytes = 7;  // type, channel, size
constexpr char frame_end = '\xce';
constexpr std::size_t method_head_bytes = 4;

void append_short_text(std::string& out, std::string_view text) {
  out += static_cast<char>(text.size());
  out.append(text);
}

void append_long_text(std::string& out, std::string_view text) {
  append_big_endian(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

void append_frame(std::string& out, Frame type, std::uint16_t on, std::string_view body) {
  out += static_cast<char>(type);
  append_big_endian(out, on);
  append_long_text(out, body);
  out += frame_end;
}

void append_method(std::string& out, std::uint16_t on, std::uint32_t id, std::string_view arguments) {
  std::string body;
  append_big_endian(body, id);
  append_frame(out, Frame::method, on, body.append(arguments));
}

void append_queue_declare(std::string& out) {
  std::string table;
  append_short_text(table, "x-queue-type");
  table += 'S';
  append_long_text(table, "quorum");
  std::string arguments(2, '\0');
  append_short_text(arguments, queue);
  arguments += static_cast<char>(durable);
  append_long_text(arguments, table);
  append_method(out, channel, queue_declare, arguments);
}

// All of the greeting at once: its answers hold nothing that would change what is said next.
void append_greeting(std::string& out) {
  out.append("AMQP\0\0\x09\x01", 8);
  std::string arguments;
  append_long_text(arguments, {});  // of the client: nothing
  append_short_text(arguments, "PLAIN");
  append_long_text(arguments, std::string_view("\0guest\0guest", 12));
  append_short_text(arguments, "en_US");
  append_method(out, 0, connection_start_ok, arguments);
  arguments.clear();
  append_big_endian(arguments, std::uint16_t{channel});
  append_big_endian(arguments, frame_bytes_max);
  append_big_endian(arguments, std::uint16_t{0});  // no heartbeats
  append_method(out, 0, connection_tune_ok, arguments);
  arguments.clear();
  append_short_text(arguments, "/");
  append_method(out, 0, connection_open, arguments.append(2, '\0'));
  append_method(out, channel, channel_open, std::string_view("\0", 1));
  append_queue_declare(out);
  append_method(out, channel, confirm_select, std::string_view("\0", 1));
}

void append_publish(std::string& out) {
  std::string arguments(2, '\0');
  append_short_text(arguments, {});  // the exchange that knows each queue by its name
  append_short_text(arguments, queue);
  append_method(out, channel, basic_publish, arguments.append(1, '\0'));
  std::string header;
  append_big_endian(header, basic_class);
  append_big_endian(header, std::uint16_t{0});
  append_big_endian(header, std::uint64_t{job_payload().size()});
  append_big_endian(header, std::uint16_t{0x1000});  // one property follows: the delivery mode
  header += '\x02';                                  // persistent
  append_frame(out, Frame::header, channel, header);
  append_frame(out, Frame::body, channel, job_payload());
}

void append_ack(std::string& out, std::string_view tag) {
  append_method(out, channel, basic_ack, std::string(tag).append(1, '\0'));
}

std::string refusal(std::string_view arguments) {
  if (arguments.size() < 3) return "closed without a reason";
  return std::string(arguments.substr(3, static_cast<unsigned char>(arguments[2])));
}

}  // namespace

AmqpProtocol::AmqpProtocol(const RequestShape& shape) : batch_jobs_(shape.batch_jobs) {
  if (shape.lease_jobs_max != 1) throw std::invalid_argument("basic.get brings one message");
  append_publish(publish_);
}

void AmqpProtocol::publish(std::size_t jobs, std::string& out) {
  for (std::size_t i = 0; i < jobs; ++i) {
    unconfirmed_.insert(unconfirmed_.end(), ++published_);
    out += publish_;
  }
}

void AmqpProtocol::encode(const Request& request, std::string& out) {
  switch (request.call) {
    case Call::greet:
      append_greeting(out);
      break;
    case Call::enqueue:
      publish(1, out);
      break;
    case Call::enqueue_batch:
      publish(batch_jobs_, out);
      break;
    case Call::lease: {
      std::string arguments(2, '\0');
      append_short_text(arguments, queue);
      append_method(out, channel, basic_get, arguments.append(1, '\0'));
      break;
    }
    case Call::complete:
      append_ack(out, request.id);
      break;
    case Call::ping:
      append_queue_declare(out);
      break;
    default:
      throw std::invalid_argument("RabbitMQ has no such call");
  }
}

// Whether the answer ends with this method.
bool AmqpProtocol::read_method(Call call, std::string_view body, Reply& reply) {
  if (body.size() < method_head_bytes) throw std::runtime_error("an AMQP method that is cut");
  const auto id = read_big_endian<std::uint32_t>(body);
  const std::string_view arguments = body.substr(method_head_bytes);
  switch (id) {
    case connection_close:
    case channel_close:
      reply.error = refusal(arguments);
      return true;
    case confirm_select_ok:
      return call == Call::greet;
    case queue_declare_ok:
      return call == Call::ping;
    case basic_get_empty:
      return true;
    case basic_get_ok:  // begins with the tag that an ack names; the message follows
      reply.jobs.push_back(Job{std::string(arguments.substr(0, sizeof(std::uint64_t))), {}});
      return false;
    case basic_ack:
    case basic_nack: {
      if (arguments.size() <= sizeof(std::uint64_t)) throw std::runtime_error("an AMQP confirm that is cut");
      if (id == basic_nack) reply.error = "the broker did not take a message";
      const auto last = unconfirmed_.upper_bound(read_big_endian<std::uint64_t>(arguments));
      const bool and_all_before = (arguments[sizeof(std::uint64_t)] & 1) != 0;
      if (last != unconfirmed_.begin()) {
        unconfirmed_.erase(and_all_before ? unconfirmed_.begin() : std::prev(last), last);
      }
      return unconfirmed_.empty();
    }
    default:
      return false;  // the steps of a greeting
  }
}

// Whether the answer ends with this frame.
bool AmqpProtocol::read_frame(Call call, std::uint8_t type, std::string_view body, Reply& reply) {
  switch (static_cast<Frame>(type)) {
    case Frame::method:
      return read_method(call, body, reply);
    case Frame::header: {
      constexpr std::size_t size_at = 4;
      if (body.size() < size_at + sizeof(std::uint64_t)) throw std::runtime_error("an AMQP header that is cut");
      content_bytes_left_ = read_big_endian<std::uint64_t>(body.substr(size_at));
      return content_bytes_left_ == 0;
    }
    case Frame::body:
      content_bytes_left_ -= std::min<std::uint64_t>(content_bytes_left_, body.size());
      return content_bytes_left_ == 0;
    default:
      return false;
  }
}

Decoded AmqpProtocol::decode(Call call, std::string_view in, Reply& reply) {
  if (call == Call::complete) return {0, true};
  std::size_t used = 0;
  for (;;) {
    const std::string_view rest = in.substr(used);
    if (rest.size() < frame_head_bytes) return {used, false};
    const std::size_t length = read_big_endian<std::uint32_t>(rest.substr(3));
    if (length > frame_bytes_max) throw std::runtime_error("no frame of AMQP's");
    if (rest.size() < frame_head_bytes + length + 1) return {used, false};
    used += frame_head_bytes + length + 1;
    if (read_frame(call, static_cast<std::uint8_t>(rest.front()), rest.substr(frame_head_bytes, length), reply)) {
      return {used, true};
    }
  }
}

}  // namespace breakerd::load
