// The generator must read every answer however TCP cuts it, and must not take a bad one for a good one.
#include <string>
#include <vector>

#include "tests/bench/check/every_cut.hpp"
#include "tests/bench/load/protocol.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd::load;

namespace {

std::string http_answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nServer: breakerd\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

}  // namespace

TEST_CASE("a lease over HTTP gives its jobs, however it arrives") {
  const std::string body =
      R"({"status":"success","data":{"jobs":[{"id":7,"job_type":"bench","payload":{"order":1},"token":"aa"},)"
      R"({"id":8,"job_type":"bench","payload":{"order":2},"token":"bb"}],"paused":false}})";
  for (const Reply& reply : every_cut(ProtocolKind::http, {}, Call::lease, http_answer("200 OK", body))) {
    CHECK(reply.error.empty());
    REQUIRE(reply.jobs.size() == 2);
    CHECK(reply.jobs[0].id == "7");
    CHECK(reply.jobs[1].token == "bb");
  }
}

TEST_CASE("a paused queue's lease is an empty one, not an error") {
  const std::string body = R"({"status":"success","data":{"jobs":[],"paused":true,"circuit":{"state":"open"}}})";
  for (const Reply& reply : every_cut(ProtocolKind::http, {}, Call::lease, http_answer("200 OK", body))) {
    CHECK(reply.error.empty());
    CHECK(reply.jobs.empty());
  }
}

TEST_CASE("completes of one call name their jobs, and their number comes back, however it arrives") {
  const std::vector<Job> jobs{{"7", "aa"}, {"8", "bb"}};
  std::string sent;
  make_protocol(ProtocolKind::http, {}, 0)->encode({Call::complete_batch, {}, {}, jobs}, sent);
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("POST /api/v1/jobs/complete HTTP/1.1\r\n"));
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring(R"([{"id":7,"token":"aa"},{"id":8,"token":"bb"}])"));
  const std::string body =
      R"({"status":"success","data":{"completed":2,"results":[{"id":7,"status":"COMPLETED"},{"id":8,"status":"COMPLETED"}]}})";
  for (const Reply& reply : every_cut(ProtocolKind::http, {}, Call::complete_batch, http_answer("200 OK", body))) {
    CHECK(reply.error.empty());
    CHECK(reply.completed == 2);
  }
}

TEST_CASE("one refused complete of a call is an error, and so is an answer without their number") {
  const auto protocol = make_protocol(ProtocolKind::http, {}, 0);
  for (const char* const body :
       {R"({"status":"success","data":{"completed":0,"results":[{"id":7,"code":"stale_lease","detail":"late"}]}})",
        R"({"status":"success","data":{"results":[]}})"}) {
    Reply reply;
    CHECK(protocol->decode(Call::complete_batch, http_answer("200 OK", body), reply).whole);
    CHECK_FALSE(reply.error.empty());
  }
}

TEST_CASE("a round names its jobs, and brings what was settled and the next ones, however it arrives") {
  const std::vector<Job> jobs{{"7", "aa"}, {"8", "bb"}};
  std::string sent;
  make_protocol(ProtocolKind::http, {}, 0)->encode({Call::settle_lease, {}, {}, jobs}, sent);
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("POST /api/v1/leases HTTP/1.1\r\n"));
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring(R"("settle":[{"job_id":7,"token":"aa","outcome":"complete"},)"));
  const std::string body =
      R"({"status":"success","data":{"jobs":[{"id":9,"payload":{"id":1},"token":"cc"}],"paused":false,)"
      R"("circuit":{"state":"closed","epoch":0},"settled":[{"id":7,"status":"COMPLETED"},{"id":8,"status":"COMPLETED"}]}})";
  for (const Reply& reply : every_cut(ProtocolKind::http, {}, Call::settle_lease, http_answer("200 OK", body))) {
    CHECK(reply.error.empty());
    CHECK(reply.completed == 2);
    REQUIRE(reply.jobs.size() == 1);
    CHECK(reply.jobs[0].token == "cc");
  }
  Reply refused;
  const std::string stale =
      R"({"status":"success","data":{"jobs":[],"settled":[{"id":7,"code":"stale_lease","detail":"late"}]}})";
  CHECK(make_protocol(ProtocolKind::http, {}, 0)
            ->decode(Call::settle_lease, http_answer("200 OK", stale), refused)
            .whole);
  CHECK_FALSE(refused.error.empty());
}

TEST_CASE("a Redis round acknowledges all and brings the next, however it arrives") {
  const std::vector<Job> jobs{{"5-0", ""}, {"6-0", ""}};
  std::string sent;
  make_protocol(ProtocolKind::resp, {}, 3)->encode({Call::settle_lease, {}, {}, jobs}, sent);
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("*5\r\n$4\r\nXACK\r\n"));
  CHECK_THAT(sent, Catch::Matchers::ContainsSubstring("XREADGROUP"));
  const std::string answer =
      ":2\r\n*1\r\n*2\r\n$5\r\nbench\r\n*1\r\n*2\r\n$3\r\n7-0\r\n*2\r\n$7\r\npayload\r\n$2\r\n{}\r\n";
  for (const Reply& reply : every_cut(ProtocolKind::resp, {}, Call::settle_lease, answer)) {
    CHECK(reply.error.empty());
    CHECK(reply.completed == 2);
    CHECK(reply.jobs.size() == 1);
  }
}

TEST_CASE("an HTTP status that was not to be expected is an error") {
  const auto protocol = make_protocol(ProtocolKind::http, {}, 0);
  for (const char* const status : {"200 OK", "409 Conflict", "503 Service Unavailable"}) {
    Reply reply;
    CHECK(protocol->decode(Call::enqueue, http_answer(status, "{}"), reply).whole);
    CHECK_FALSE(reply.error.empty());
  }
}

TEST_CASE("an answer without a length is an error, not a wait without end") {
  const auto protocol = make_protocol(ProtocolKind::http, {}, 0);
  Reply reply;
  CHECK(protocol->decode(Call::allow, "HTTP/1.1 200 OK\r\n\r\n", reply).whole);
  CHECK_FALSE(reply.error.empty());
}

TEST_CASE("a Redis lease gives the entry's id, however it arrives") {
  const std::string answer =
      "*1\r\n*2\r\n$5\r\nbench\r\n*1\r\n*2\r\n$3\r\n5-0\r\n*2\r\n$7\r\npayload\r\n$4\r\n{\r\n}\r\n";
  for (const Reply& reply : every_cut(ProtocolKind::resp, {}, Call::lease, answer)) {
    CHECK(reply.error.empty());
    REQUIRE(reply.jobs.size() == 1);
    CHECK(reply.jobs[0].id == "5-0");
  }
}

TEST_CASE("a Redis batch is whole with its last answer") {
  RequestShape shape;
  shape.batch_jobs = 3;
  for (const Reply& reply :
       every_cut(ProtocolKind::resp, shape, Call::enqueue_batch, "$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")) {
    CHECK(reply.error.empty());
  }
}

TEST_CASE("a Redis error is an error") {
  const auto protocol = make_protocol(ProtocolKind::resp, {}, 0);
  Reply reply;
  CHECK(protocol->decode(Call::enqueue, "-MISCONF disk\r\n", reply).whole);
  CHECK(reply.error == "MISCONF disk");
}

TEST_CASE("a beanstalkd lease gives the job's id, however it arrives") {
  for (const Reply& reply : every_cut(ProtocolKind::beanstalk, {}, Call::lease, "RESERVED 42 4\r\nab\r\n\r\n")) {
    CHECK(reply.error.empty());
    REQUIRE(reply.jobs.size() == 1);
    CHECK(reply.jobs[0].id == "42");
  }
}

TEST_CASE("a beanstalkd answer that was not to be expected is an error") {
  const auto protocol = make_protocol(ProtocolKind::beanstalk, {}, 0);
  Reply reply;
  CHECK(protocol->decode(Call::enqueue, "OUT_OF_MEMORY\r\n", reply).whole);
  CHECK(reply.error == "OUT_OF_MEMORY");
}
