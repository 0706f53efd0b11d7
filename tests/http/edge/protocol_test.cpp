// The wire: what is let in, what is refused, and that every request gets an answer.

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;
using namespace std::string_literals;

namespace {

const std::string job = R"({"job_type":"enrich"})";

std::string post_head(const std::string& fields) {
  return "POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

/// Sends `bytes`, expects a refusal with `status` and then the end of the connection.
void refused(const std::string& bytes, int status) {
  INFO(bytes);
  TestServer server;
  Client client{server.port()};
  client.send(bytes);
  const Response reply = client.receive();
  CHECK(reply.status == status);
  CHECK(reply.field("content-type") == "application/problem+json");
  CHECK(reply.field("connection") == "close");
  CHECK(reply.json().at("status") == status);
  CHECK(client.at_end());
  CHECK(server.backend.submitted_count() == 0);
}

}  // namespace

TEST_CASE("a request is answered and the connection stays") {
  TestServer server;
  Client client{server.port()};
  for (int i = 1; i <= 3; ++i) {
    const Response reply = client.post("/api/v1/jobs", job);
    CHECK(reply.status == 201);
    CHECK(reply.field("location") == "/api/v1/jobs/" + std::to_string(i));
    CHECK(reply.field("content-type") == "application/json");
    CHECK(!reply.field("date").empty());
    CHECK(reply.field("connection").empty());
    CHECK(reply.data().at("id") == i);
  }
  CHECK(server.backend.take_submitted().at(0).principal == "anonymous@127.0.0.1");
}

TEST_CASE("pipelined requests are answered in their order") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  client.send(request("POST", "/api/v1/jobs", job) + request("GET", "/livez") + request("POST", "/api/v1/jobs", job) +
              request("GET", "/nowhere") + request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(3);
  server.backend.release_all();  // the newest first
  CHECK(client.receive().data().at("id") == 1);
  CHECK(client.receive().data().at("live") == true);
  CHECK(client.receive().data().at("id") == 2);
  CHECK(client.receive().status == 404);
  CHECK(client.receive().data().at("id") == 3);
}

TEST_CASE("more pipelined requests than may be in flight are all answered") {
  http::HttpLimits limits;
  limits.pipeline_requests_max = 3;
  TestServer server{with_limits(limits)};
  Client client{server.port()};
  std::string all;
  for (int i = 0; i < 100; ++i) all += request("POST", "/api/v1/jobs", job);
  client.send(all);
  for (int i = 1; i <= 100; ++i) CHECK(client.receive().data().at("id") == i);
}

TEST_CASE("no more pipelined requests are taken than may be in flight") {
  http::HttpLimits limits;
  limits.pipeline_requests_max = 2;
  TestServer server{with_limits(limits)};
  server.backend.hold_answers();
  Client client{server.port()};
  for (int i = 0; i < 5; ++i) client.send(request("POST", "/api/v1/jobs", job));
  server.backend.wait_for(2);
  CHECK(Client{server.port()}.get("/livez").status == 200);
  CHECK(server.backend.submitted_count() == 2);
  server.backend.release_all();
  for (int i = 1; i <= 5; ++i) CHECK(client.receive().data().at("id") == i);
}

TEST_CASE("a request may arrive byte by byte") {
  TestServer server;
  Client client{server.port()};
  client.send_byte_by_byte(request("POST", "/api/v1/jobs", job) + request("GET", "/livez"));
  CHECK(client.receive().status == 201);
  CHECK(client.receive().status == 200);
}

TEST_CASE("a request may be cut in two anywhere") {
  TestServer server;
  const std::string whole = request("POST", "/api/v1/jobs", job);
  Client client{server.port()};
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    client.send(whole.substr(0, cut));
    CHECK(Client{server.port()}.get("/livez").status == 200);  // by now the first part has been read
    client.send(whole.substr(cut));
    REQUIRE(client.receive().status == 201);
  }
}

TEST_CASE("a chunked body is taken, wherever it is cut") {
  TestServer server;
  const std::string whole =
      post_head("Transfer-Encoding: chunked\r\n") + "5\r\n{\"job\r\n6;x=1\r\n_type\"\r\nA\r\n:\"enrich\"}\r\n0\r\n\r\n";
  Client client{server.port()};
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    client.send(whole.substr(0, cut));
    CHECK(Client{server.port()}.get("/livez").status == 200);
    client.send(whole.substr(cut));
    const Response reply = client.receive();
    REQUIRE(reply.status == 201);
    CHECK(reply.data().at("job_type") == "enrich");
  }
}

TEST_CASE("an empty line before a request is ignored") {
  TestServer server;
  Client client{server.port()};
  client.send("\r\n" + request("GET", "/livez") + "\r\n" + request("GET", "/livez"));
  CHECK(client.receive().status == 200);
  CHECK(client.receive().status == 200);
}

TEST_CASE("more than one empty line before a request is refused") {
  refused("\r\n\r\n" + request("GET", "/livez"), 400);
  TestServer server;
  Client client{server.port()};
  client.send("\r\n" + request("GET", "/livez"));
  CHECK(client.receive().status == 200);
  client.send("\r");
  CHECK(Client{server.port()}.get("/livez").status == 200);  // by now the first part has been read
  client.send("\n\r\n");
  CHECK(client.receive().status == 400);
  CHECK(client.at_end());
}

TEST_CASE("HEAD is GET without the body") {
  TestServer server;
  Client client{server.port()};
  const Response reply = client.call("HEAD", "/livez");
  CHECK(reply.status == 200);
  CHECK(reply.field("content-length") != "0");
  CHECK(client.get("/livez").status == 200);
}

TEST_CASE("a HEAD that is refused gets no body either, however much of it was received") {
  TestServer server;
  const auto refused_without_body = [&](const std::string& bytes, int status) {
    INFO(bytes.substr(0, 60));
    Client client{server.port()};
    client.send(bytes);
    client.close_sending_side();
    const Response reply = client.receive(false);
    CHECK(reply.status == status);
    CHECK(reply.field("content-length") != "0");
    CHECK(client.at_end());
  };
  for (const std::string begun : {"HEAD", "HEAD ", "HEAD /livez HT", "HEAD /livez HTTP/1.1\r\nHost: h\r\n"})
    refused_without_body(begun, 400);
  refused_without_body("HEAD /livez HTTP/1.1\r\nHost: h\r\nno field\r\n\r\n", 400);
  refused_without_body("HEAD /livez HTTP/1.1\r\nHost: h\r\nx: " + std::string(100'000, 'x'), 431);
  refused_without_body("HEAD /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999\r\n\r\n", 413);
  refused_without_body("HEAD /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{", 400);

  Client other{server.port()};
  other.send("HEAL /livez HT");
  other.close_sending_side();
  CHECK(other.receive().code() == "bad_request");
}

TEST_CASE("HTTP/1.0 closes unless it asks to stay") {
  TestServer server;
  Client once{server.port()};
  once.send("GET /livez HTTP/1.0\r\n\r\n");
  CHECK(once.receive().field("connection") == "close");
  CHECK(once.at_end());
  Client staying{server.port()};
  staying.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(staying.receive().field("connection") == "keep-alive");
  CHECK(staying.get("/livez").status == 200);
}

TEST_CASE("Connection: close is honoured after the answer") {
  TestServer server;
  Client client{server.port()};
  client.send("GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + request("GET", "/livez"));
  CHECK(client.receive().field("connection") == "close");
  CHECK(client.at_end());
}

TEST_CASE("a client that has closed its side still gets its answers") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  client.send(request("POST", "/api/v1/jobs", job));
  client.close_sending_side();
  server.backend.wait_for(1);
  server.backend.release_all();
  CHECK(client.receive().status == 201);
  CHECK(client.at_end());
}

TEST_CASE("a request that ends in the middle is answered 400") {
  TestServer server;
  for (const std::string part :
       {"GET /livez HT", "POST /api/v1/jobs HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{"}) {
    Client client{server.port()};
    client.send(part);
    client.close_sending_side();
    CHECK(client.receive().status == 400);
    CHECK(client.at_end());
  }
}

TEST_CASE("a client that vanishes while its request is in flight harms nobody") {
  TestServer server;
  server.backend.hold_answers();
  {
    Client client{server.port()};
    client.send(request("POST", "/api/v1/jobs", job));
    server.backend.wait_for(1);
  }
  server.backend.release_all();
  CHECK(Client{server.port()}.get("/livez").status == 200);
}

TEST_CASE("Expect: 100-continue is answered before the body is sent") {
  TestServer server;
  Client client{server.port()};
  client.send(post_head("Content-Length: " + std::to_string(job.size()) + "\r\nExpect: 100-continue\r\n"));
  CHECK(client.receive().status == 100);
  client.send(job);
  CHECK(client.receive().status == 201);
}

TEST_CASE("a body that no call would take is not asked for") {
  TestServer server;
  const auto ask = [&](const std::string& line) {
    Client client{server.port()};
    client.send(line + " HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n");
    const Response response = client.receive();
    CHECK(response.field("connection") == "close");
    CHECK(client.at_end());
    return response.status;
  };
  CHECK(ask("POST /nowhere") == 404);
  CHECK(ask("POST /livez") == 405);
  CHECK(ask("BREW /api/v1/jobs") == 405);
}

TEST_CASE("an expected body that is too large is refused before it is sent") {
  TestServer server;
  Client client{server.port()};
  client.send(post_head("Content-Length: 999999999\r\nExpect: 100-continue\r\n"));
  CHECK(client.receive().status == 413);
  CHECK(client.at_end());
}

TEST_CASE("framing that others might read differently is refused") {
  const std::string chunks = "0\r\n\r\n";
  refused(post_head("Transfer-Encoding: gzip, chunked\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: chunked, gzip\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: identity\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: xchunked\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") + chunks, 400);
  refused(post_head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + chunks, 400);
  refused(post_head("Transfer-Encoding : chunked\r\n") + chunks, 400);
  refused("POST /api/v1/jobs HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, 400);
  for (const char* length :
       {"1, 1", "+1", "-1", "0x1", "1 1", "", "1.0", "99999999999999999999", "18446744073709551617"}) {
    refused(post_head("Content-Length: " + std::string{length} + "\r\n") + "{}", 400);
  }
  refused(post_head("Content-Length: 2\r\nContent-Length: 2\r\n") + "{}", 400);
  refused(post_head("Content-Length: 2\r\nContent-Length: 3\r\n") + "{}", 400);
}

TEST_CASE("malformed chunked bodies are refused") {
  const std::string head = post_head("Transfer-Encoding: chunked\r\n");
  refused(head + "x\r\n", 400);
  refused(head + "-1\r\nab\r\n", 400);
  refused(head + "2\r\nabc\r\n0\r\n\r\n", 400);
  refused(head + "2\nab\n0\n\n", 400);
  refused(head + "FFFFFFFFFFFFFFFFF\r\n", 400);
  refused(head + "FFFFFFFFFFFFFFFF\r\n", 413);
  refused(head + "1;" + std::string(60'000, 'x') + "\r\na\r\n0\r\n\r\n", 400);
  refused(head + "2\r\n{}\r\n0\r\nAuthorization: Bearer x\r\n\r\n", 400);
  refused(head + "2\r\n{}\r\n0\r\nX: y\r\n\r\n", 400);
}

TEST_CASE("header fields that must come once are refused twice") {
  refused("GET /livez HTTP/1.1\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a, b\r\n\r\n", 400);
  for (const char* host :
       {"a@b", "a:80:80", "a:x", "a:800000", "::1", "[::1", "[]", "[::1]80", "[::1]:x", "a]", "a/b"}) {
    refused("GET /livez HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n", 400);
  }
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nAuthorization: x\r\nAuthorization: y\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\n", 400);
}

TEST_CASE("hosts are names and addresses, with a port or without") {
  TestServer server;
  Client client{server.port()};
  for (const char* host :
       {"", "a", "a.b-c_d:8080", "127.0.0.1:80", "[::1]", "[::1]:8080", "[fe80::1%25eth0]:1", "a:"}) {
    INFO(host);
    client.send("GET /livez HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n");
    CHECK(client.receive().status == 200);
  }
}

TEST_CASE("malformed headers are refused") {
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nX:\r\n\tz\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\n Host: a\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\nHost: a\n\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nX y\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s, 400);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400);
  refused("GET  /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  refused("GET /livez\r\nHost: a\r\n\r\n", 400);
  refused("G(T /livez HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  refused("\x16\x03\x01\x02\n\r\n", 400);
  refused("GET /livez HTTP/2.0\r\nHost: a\r\n\r\n", 505);
  refused("GET /livez HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417);
}

TEST_CASE("targets that are not plain paths are refused") {
  for (const char* target : {"http://h/livez", "h:80",          "*",           "livez",
                             "/livez#x",       "/a/../livez",   "/..",         "/./livez",
                             "/a/.",           "/%2e%2e/livez", "/%2E./livez", "/livez%00",
                             "/livez?x=%00",   "/a%2Flivez",    "/livez%",     "/livez%4",
                             "/livez%zz",      "/%7f",          "/%C3%A9",     "/liv\xC3\xA9z",
                             "/a\\..\\b%5C"}) {
    refused("GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n", 400);
  }
}

TEST_CASE("what follows a refused request is not read as another one") {
  TestServer server;
  Client client{server.port()};
  client.send(post_head("Transfer-Encoding: chunked, identity\r\n") + request("POST", "/api/v1/jobs", job));
  CHECK(client.receive().status == 400);
  CHECK(client.at_end());
  CHECK(server.backend.submitted_count() == 0);
}

TEST_CASE("a refusal comes after the answers to the requests before it") {
  TestServer server;
  server.backend.hold_answers();
  Client client{server.port()};
  client.send(request("POST", "/api/v1/jobs", job) + "BAD\r\n\r\n");
  server.backend.wait_for(1);
  server.backend.release_all();
  CHECK(client.receive().status == 201);
  CHECK(client.receive().status == 400);
  CHECK(client.at_end());
}

TEST_CASE("a percent-encoded path means the same path") {
  TestServer server;
  CHECK(Client{server.port()}.get("/%6Civez").status == 200);
}

TEST_CASE("a web page of another origin changes nothing") {
  const auto open_with = [](const std::string& fields) {
    return "POST /api/v1/breaker/open HTTP/1.1\r\n" + fields + "Content-Length: 0\r\n\r\n";
  };
  for (const char* fields :
       {"Host: 127.0.0.1:8080\r\nOrigin: http://evil.example\r\n",
        "Host: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:3000\r\n", "Host: 127.0.0.1:8080\r\nOrigin: null\r\n",
        "Host: 127.0.0.1:8080\r\nSec-Fetch-Site: cross-site\r\n",
        "Host: 127.0.0.1:8080\r\nSec-Fetch-Site: same-site\r\n",
        "Host: evil.example:8080\r\nOrigin: http://evil.example:8080\r\n"}) {
    refused(open_with(fields), 403);
  }
}

TEST_CASE("a page of our own, and a program, may change things") {
  TestServer server;
  for (const char* fields : {"Host: localhost:8080\r\nOrigin: http://localhost:8080\r\nSec-Fetch-Site: same-origin\r\n",
                             "Host: [::1]:8080\r\nOrigin: http://[::1]:8080\r\n", "Host: breakerd.internal\r\n"}) {
    INFO(fields);
    Client client{server.port()};
    client.send("POST /api/v1/breaker/open HTTP/1.1\r\n" + std::string{fields} + "Content-Length: 0\r\n\r\n");
    CHECK(client.receive().status == 200);
  }
}
