// The edge's parts alone: header blocks, targets, routes.

#include <breakerd/http/api/router.hpp>
#include <breakerd/http/edge/header_block.hpp>
#include <breakerd/http/edge/input_buffer.hpp>
#include <breakerd/http/edge/request_parser.hpp>
#include <breakerd/http/edge/target.hpp>
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http;

namespace {

std::string block(const std::string& fields) { return "POST /x?y=1 HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"; }

}  // namespace

TEST_CASE("a header block ends at the same byte however it arrives") {
  const std::string whole = block("A: b\r\nC: d\r\n");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    HeaderBlock header;
    REQUIRE(header.scan(whole.substr(0, cut)) == HeaderScan::incomplete);
    REQUIRE(header.scan(whole + "body") == HeaderScan::complete);
    REQUIRE(header.size() == whole.size());
  }
  HeaderBlock header;
  for (std::size_t end = 1; end < whole.size(); ++end)
    REQUIRE(header.scan(whole.substr(0, end)) == HeaderScan::incomplete);
  CHECK(header.scan(whole) == HeaderScan::complete);
}

TEST_CASE("folded lines and bare line feeds are seen however they arrive") {
  const auto scan_bytewise = [](const std::string& text) {
    HeaderBlock header;
    HeaderScan scan = HeaderScan::incomplete;
    for (std::size_t end = 1; end <= text.size() && scan == HeaderScan::incomplete; ++end)
      scan = header.scan(text.substr(0, end));
    return scan;
  };
  CHECK(scan_bytewise("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n") == HeaderScan::folded_line);
  CHECK(scan_bytewise("GET / HTTP/1.1\r\n\tA: b\r\n\r\n") == HeaderScan::folded_line);
  CHECK(scan_bytewise("GET / HTTP/1.1\r\nA: b\n\r\n") == HeaderScan::bare_line_feed);
  CHECK(scan_bytewise("\n") == HeaderScan::bare_line_feed);
}

TEST_CASE("a header's fields that matter are kept") {
  RequestHead head;
  RequestParser parser;
  const auto refusal = parser.parse_header(
      block("Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n"), {},
      head);
  REQUIRE_FALSE(refusal);
  CHECK(head.method == Method::post);
  CHECK(head.target == "/x?y=1");
  CHECK(head.content_length == 12);
  CHECK(head.content_type == ContentType::json);
  CHECK(head.expects_continue);
  CHECK(head.keep_alive);
  CHECK_FALSE(head.chunked);
}

TEST_CASE("a parsed header leaves nothing behind for the next") {
  RequestHead head;
  REQUIRE_FALSE(RequestParser{}.parse_header(
      block("Content-Length: 12\r\nExpect: 100-continue\r\nContent-Type: application/x-ndjson\r\n"
            "Sec-Fetch-Mode: cors\r\n"),
      {}, head));
  REQUIRE_FALSE(RequestParser{}.parse_header("HEAD /y HTTP/1.0\r\n\r\n", {}, head));
  CHECK(head.head_only);
  CHECK(head.http_1_0);
  CHECK_FALSE(head.keep_alive);
  CHECK(head.content_length == 0);
  CHECK_FALSE(head.expects_continue);
  CHECK(head.content_type == ContentType::absent);
  CHECK_FALSE(head.from_page);
}

TEST_CASE("chunks give the same body however they arrive") {
  const std::string wire = "3\r\nabc\r\n1;ext=\"q\"\r\nd\r\n00F\r\nefghijklmnopqrs\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= wire.size(); ++step) {
    RequestHead head;
    RequestParser parser;
    REQUIRE_FALSE(parser.parse_header(block("Transfer-Encoding: Chunked\r\n"), {}, head));
    std::string body;
    std::string pending;
    bool done = false;
    for (std::size_t at = 0; at < wire.size(); at += step) {
      pending += wire.substr(at, step);
      const auto progress = parser.parse_chunks(pending, {}, body);
      REQUIRE_FALSE(progress.refusal);
      pending.erase(0, progress.consumed);
      done = progress.done;
    }
    REQUIRE(done);
    REQUIRE(body == "abcdefghijklmnopqrs");
  }
}

TEST_CASE("the input buffer keeps what was not taken, through growth and moves") {
  InputBuffer buffer;
  std::string expected;
  for (int round = 0; round < 2'000; ++round) {
    const auto room = buffer.prepare(static_cast<std::size_t>(round) * 7);
    const std::size_t count = std::min<std::size_t>(room.size(), static_cast<std::size_t>(round % 97) + 1);
    const std::string piece(count, static_cast<char>('a' + round % 26));
    std::copy(piece.begin(), piece.end(), static_cast<char*>(room.data()));
    buffer.commit(count);
    expected += piece;
    const std::size_t taken = expected.size() * static_cast<std::size_t>(round % 5) / 5;
    buffer.consume(taken);
    expected.erase(0, taken);
    REQUIRE(buffer.view() == expected);
  }
}

TEST_CASE("the input buffer keeps little memory when it holds little") {
  InputBuffer buffer;
  const std::size_t much = 4 * InputBuffer::size_kept;
  while (buffer.view().size() < much) {
    const auto room = buffer.prepare(much);
    std::fill_n(static_cast<char*>(room.data()), room.size(), 'x');
    buffer.commit(room.size());
  }
  const std::string end{buffer.view().substr(buffer.view().size() - 3)};
  buffer.consume(buffer.view().size() - 3);
  buffer.release_memory();
  CHECK(buffer.view() == end);
  CHECK(buffer.capacity() == InputBuffer::size_kept);
  buffer.clear();
  buffer.release_memory();
  CHECK(buffer.capacity() == InputBuffer::size_kept);
}

TEST_CASE("percent-decoding") {
  CHECK(percent_decode("a%20b+c", true) == "a b c");
  CHECK(percent_decode("a+b", false) == "a+b");
  CHECK(percent_decode("%C3%A9", true) == "\xC3\xA9");
  CHECK_FALSE(percent_decode("%C3", true));
  CHECK_FALSE(percent_decode("%0", true));
  CHECK_FALSE(percent_decode("%00", true));
}

TEST_CASE("targets with dots that are no segments are let in") {
  CHECK(refuse_target("/a.b/.c/d..e/...").empty());
  CHECK(refuse_target("/a?b=../c").empty());
  CHECK_FALSE(refuse_target("/a/..").empty());
  CHECK_FALSE(refuse_target("/a/%2e").empty());
}

TEST_CASE("routes match whole paths and ids that can exist") {
  const auto found = [](Method method, std::string_view path) {
    PathParams params;
    return find_route(method, path, params).handler != nullptr;
  };
  CHECK(found(Method::get, "/api/v1/jobs"));
  CHECK(found(Method::get, "/api/v1/jobs/18446744073709551615"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs/18446744073709551616"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs/0"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs/01"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs/-1"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs//"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobs/1//"));
  CHECK_FALSE(found(Method::get, "/api/v1/jobsx"));
  CHECK_FALSE(found(Method::get, "/api/v1"));
  CHECK_FALSE(found(Method::get, "/livez//"));
  CHECK(found(Method::get, "/api/v1/campaigns/0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B"));
  CHECK_FALSE(found(Method::get, "/api/v1/campaigns/0190a1b2c3d47e5f8a9b0c1d2e3f4a5b"));
  CHECK(found(Method::get, "/api/v1/queue/circuit-breaker-status"));
  CHECK(found(Method::get, "/api/v1/queue-management/status"));
}

TEST_CASE("a path with other methods names them") {
  CHECK(allow_field("/api/v1/jobs") == "Allow: POST, GET, HEAD\r\n");
  CHECK(allow_field("/api/v1/jobs/batch") == "Allow: POST\r\n");
  CHECK(allow_field("/api/v1/campaigns/0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b") == "Allow: GET, HEAD, PATCH\r\n");
}
