// PostgreSQL's and RabbitMQ's protocols: what is sent, and that every answer is read however TCP cuts it.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/check/every_cut.hpp"
#include "tests/bench/load/big_endian.hpp"
#include "tests/bench/load/protocol.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::load;
using namespace std::string_literals;

namespace {

std::string message(char type, const std::string& body) {
  std::string out(1, type);
  append_big_endian(out, static_cast<std::uint32_t>(body.size() + 4));
  return out + body;
}

std::string row(const std::string& id) {
  std::string body;
  append_big_endian(body, std::uint16_t{2});
  for (const std::string& column : {id, R"({"a": 1})"s}) {
    append_big_endian(body, static_cast<std::uint32_t>(column.size()));
    body += column;
  }
  return message('D', body);
}

const std::string bound = message('2', "");
const std::string ready = message('Z', "I");
std::string done(const std::string& tag) { return message('C', tag + "\0"s); }
std::string error(const std::string& text) { return message('E', "SERROR\0C55000\0M"s + text + "\0\0"s); }

std::string frame(char type, std::uint16_t channel, const std::string& body) {
  std::string out(1, type);
  append_big_endian(out, channel);
  append_big_endian(out, static_cast<std::uint32_t>(body.size()));
  return out + body + '\xce';
}

std::string method(std::uint16_t of_class, std::uint16_t number, const std::string& arguments) {
  std::string body;
  append_big_endian(body, of_class);
  append_big_endian(body, number);
  return frame(1, 1, body + arguments);
}

std::string confirm(std::uint64_t tag, bool multiple, std::uint16_t number = 80) {
  std::string arguments;
  append_big_endian(arguments, tag);
  return method(60, number, arguments + (multiple ? '\1' : '\0'));
}

Reply reply_to(ProtocolKind kind, Call call, const std::string& answer) {
  const auto protocol = make_protocol(kind, {}, 0);
  std::string sent;
  protocol->encode({call}, sent);
  Reply reply;
  reply.reset(call);
  REQUIRE(protocol->decode(call, answer, reply).whole);
  return reply;
}

}  // namespace

TEST_CASE("a PostgreSQL lease gives its rows' ids, however it arrives") {
  const std::string answer = bound + row("7") + row("1234") + done("UPDATE 2") + ready;
  for (const Reply& reply : every_cut(ProtocolKind::postgres, {}, Call::lease, answer)) {
    CHECK(reply.error.empty());
    REQUIRE(reply.jobs.size() == 2);
    CHECK(reply.jobs[0].id == "7");
    CHECK(reply.jobs[1].id == "1234");
  }
}

TEST_CASE("PostgreSQL's greeting is over when it is ready for the second time") {
  const std::string answer = message('R', "\0\0\0\0"s) + message('S', "a\0b\0"s) + ready + message('1', "") + ready;
  for (const Reply& reply : every_cut(ProtocolKind::postgres, {}, Call::greet, answer)) CHECK(reply.error.empty());
}

TEST_CASE("who is not let in to PostgreSQL hears why at once") {
  CHECK(reply_to(ProtocolKind::postgres, Call::greet, error("no such role")).error == "no such role");
}

TEST_CASE("a PostgreSQL error is an error, and so is a complete of nothing") {
  CHECK(reply_to(ProtocolKind::postgres, Call::enqueue, error("disk full") + ready).error == "disk full");
  CHECK_FALSE(reply_to(ProtocolKind::postgres, Call::complete, bound + done("DELETE 0") + ready).error.empty());
  CHECK(reply_to(ProtocolKind::postgres, Call::complete, bound + done("DELETE 1") + ready).error.empty());
}

TEST_CASE("completes of one PostgreSQL call name their jobs, and their number comes back") {
  const std::vector<Job> jobs{{"7", {}}, {"8", {}}};
  std::string sent;
  make_protocol(ProtocolKind::postgres, {}, 0)->encode({Call::complete_batch, {}, {}, jobs}, sent);
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("{7,8}"));
  CHECK(reply_to(ProtocolKind::postgres, Call::complete_batch, bound + done("DELETE 2") + ready).completed == 2);
}

TEST_CASE("a PostgreSQL batch carries the payload once for each job") {
  RequestShape shape;
  shape.batch_jobs = 3;
  std::string sent;
  make_protocol(ProtocolKind::postgres, shape, 0)->encode({Call::enqueue_batch}, sent);
  std::size_t found = 0;
  for (std::size_t at = sent.find("order-shipped"); at != std::string::npos; at = sent.find("order-shipped", at + 1)) {
    ++found;
  }
  CHECK(found == 3);
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring(R"({"{\"recipient\":)"));
}

TEST_CASE("a RabbitMQ message gives the tag that its ack will name, however it arrives") {
  std::string tag;
  append_big_endian(tag, std::uint64_t{258});
  std::string header(4, '\0');
  append_big_endian(header, std::uint64_t{5});
  const std::string answer = method(60, 71, tag + "\0\0\5bench\0\0\0\0"s) + frame(2, 1, header + "\0\0"s) +
                             frame(3, 1, "abc") + frame(3, 1, "de");
  for (const Reply& reply : every_cut(ProtocolKind::amqp, {}, Call::lease, answer)) {
    CHECK(reply.error.empty());
    REQUIRE(reply.jobs.size() == 1);
    CHECK(reply.jobs[0].id == tag);
  }
  std::string sent;
  make_protocol(ProtocolKind::amqp, {}, 0)->encode({Call::complete, tag}, sent);
  CHECK(sent == confirm(258, false));
}

TEST_CASE("an empty RabbitMQ queue's lease is an empty one, not an error") {
  const Reply reply = reply_to(ProtocolKind::amqp, Call::lease, method(60, 72, "\0"s));
  CHECK(reply.error.empty());
  CHECK(reply.jobs.empty());
}

TEST_CASE("an ack has no answer to wait for") {
  const auto protocol = make_protocol(ProtocolKind::amqp, {}, 0);
  Reply reply;
  CHECK(protocol->decode(Call::complete, {}, reply).whole);
}

TEST_CASE("a RabbitMQ batch is whole with the confirm of its last message, in whatever order they come") {
  RequestShape shape;
  shape.batch_jobs = 4;
  for (const auto& answer : {confirm(1, false) + confirm(4, false) + confirm(3, true),
                             confirm(2, true) + confirm(4, false) + confirm(3, false)}) {
    for (const Reply& reply : every_cut(ProtocolKind::amqp, shape, Call::enqueue_batch, answer)) {
      CHECK(reply.error.empty());
    }
  }
}

TEST_CASE("a message that RabbitMQ did not take, or a channel that it closes, is an error") {
  CHECK_FALSE(reply_to(ProtocolKind::amqp, Call::enqueue, confirm(1, false, 120)).error.empty());
  CHECK(reply_to(ProtocolKind::amqp, Call::lease, method(20, 40, "\1\x94\7no such\0\0\0\0"s)).error == "no such");
}

TEST_CASE("RabbitMQ's greeting is over when confirms are on") {
  const std::string answer = method(10, 10, "") + method(10, 30, "") + method(10, 41, "\0"s) + method(20, 11, "") +
                             method(50, 11, "") + method(85, 11, "");
  for (const Reply& reply : every_cut(ProtocolKind::amqp, {}, Call::greet, answer)) CHECK(reply.error.empty());
}
