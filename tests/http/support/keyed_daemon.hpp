#pragma once
// Requests with an Idempotency-Key, and a daemon that is asked with them.

#include <string>
#include <string_view>

#include "tests/http/support/real_server.hpp"

namespace breakerd::http::test {

inline std::string with_field(std::string_view method, std::string_view path, std::string_view body,
                              std::string_view field) {
  std::string bytes = request(method, path, body);
  return bytes.insert(bytes.find("\r\n") + 2, std::string{field} + "\r\n");
}

inline std::string with_key(std::string_view method, std::string_view path, std::string_view body = {},
                            std::string_view key = "8f0c") {
  return with_field(method, path, body, "Idempotency-Key: " + std::string{key});
}

inline bool is_replayed(const Response& response) { return response.field("idempotent-replayed") == "true"; }

/// A daemon, and a client whose requests have keys.
struct KeyedDaemon {
  RealServer server;
  Client client{server.port()};

  Response call(std::string_view method, std::string_view path, std::string_view body = {},
                std::string_view key = "8f0c") {
    client.send(with_key(method, path, body, key));
    return client.receive();
  }
  Response post(std::string_view path, std::string_view body = {}, std::string_view key = "8f0c") {
    return call("POST", path, body, key);
  }
  nlohmann::json made(std::string_view path, std::string_view body = {}) {
    const Response response = client.post(path, body);
    INFO(response.body);
    REQUIRE(response.status < 300);
    return response.data();
  }
  std::size_t events(const std::string& type) {
    return client.get("/api/v1/events?limit=1000&type=" + type).data().at("events").size();
  }
  /// The first time and once more.
  Response twice(std::string_view method, std::string_view path, std::string_view body = {}) {
    const Response first = call(method, path, body);
    INFO(first.body);
    CHECK(first.status < 300);
    CHECK_FALSE(is_replayed(first));
    const Response second = call(method, path, body);
    INFO(second.body);
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    CHECK(second.field("location") == first.field("location"));
    CHECK(is_replayed(second));
    return first;
  }
};

}  // namespace breakerd::http::test
