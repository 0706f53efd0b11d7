// What a request says its body is, and what is taken all the same.

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

using namespace breakerd;
using namespace breakerd::http::test;

namespace {

const std::string report = R"({"error":"429 Too Many Requests","service":"apollo"})";
const std::string from_page = "Host: localhost\r\nOrigin: http://localhost\r\n";

Response post(TestServer& server, const std::string& path, const std::string& fields, const std::string& type,
              const std::string& body) {
  Client client{server.port()};
  client.send("POST " + path + " HTTP/1.1\r\n" + fields + "Content-Type: " + type +
              "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.receive();
}

}  // namespace

TEST_CASE("a report of a failure is recorded whatever its content type says") {
  for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "application/x-ndjson", "nonsense"}) {
    INFO(type);
    TestServer server;
    CHECK(post(server, "/api/v1/breaker/failures", "Host: h\r\n", type, report).status == 200);
    CHECK(server.backend.take_one<RecordFailure>().service == "apollo");
    CHECK_FALSE(server.backend.gate().allowed);
  }
}

TEST_CASE("a batch is taken whatever its content type says") {
  TestServer server;
  const auto count = [&](const char* type, const std::string& body) {
    INFO(type);
    return post(server, "/api/v1/jobs/batch", "Host: h\r\n", type, body).data().at("count");
  };
  const std::string array = R"([{"job_type":"a"},{"job_type":"b"}])";
  const std::string lines = "{\"job_type\":\"a\"}\n{\"job_type\":\"b\"}\n";
  for (const char* type : {"text/csv", "application/json", "application/x-ndjson"}) {
    CHECK(count(type, array) == 2);
    CHECK(count(type, lines) == 2);
  }
}

TEST_CASE("what is sent for a web page must say that it is JSON") {
  TestServer server;
  for (const char* fields :
       {"Host: localhost\r\nOrigin: http://localhost\r\n", "Host: localhost\r\nSec-Fetch-Site: same-origin\r\n",
        "Host: localhost\r\nsec-fetch-mode: no-cors\r\n"}) {
    INFO(fields);
    for (const char* type : {"application/x-www-form-urlencoded", "text/plain", "application/x-ndjson"})
      CHECK(post(server, "/api/v1/breaker/failures", fields, type, report).code() == "unsupported_media_type");
    CHECK(post(server, "/api/v1/jobs/batch", fields, "text/csv", R"([{"job_type":"a"}])").status == 415);
  }
  CHECK(server.backend.submitted_count() == 0);
  CHECK(post(server, "/api/v1/jobs/batch", from_page, "application/x-ndjson", "{\"job_type\":\"a\"}").status == 201);
  CHECK(post(server, "/api/v1/breaker/failures", from_page, "application/json", report).status == 200);
}
