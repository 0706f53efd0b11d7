#pragma once
// A server over a scripted backend and one connection to it, for tests of single calls.

#include <string>
#include <string_view>
#include <vector>

#include "tests/http/support/test_server.hpp"
#include "tests/support/catch.hpp"

namespace breakerd::http::test {

using nlohmann::json;

inline const std::string campaign = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
inline const std::string campaigns = "/api/v1/campaigns/" + campaign;
inline const std::string management = "/api/v1/queue-management/";
inline const std::string token(32, 'a');

/// A server and one connection to it.
struct Daemon {
  TestServer server;
  Client client{server.port()};

  explicit Daemon(std::vector<std::string> services = {}) : server{with_services(std::move(services))} {}

  ScriptedBackend& core() { return server.backend; }
  Response get(std::string_view path) { return client.get(path); }
  Response post(std::string_view path, std::string_view body = {}) { return client.post(path, body); }

  /// Expects 422 about these fields and nothing asked of the core.
  void refuses(std::string_view path, std::string_view body, const std::string& fields) {
    INFO(path << " " << body);
    const Response response = client.post(path, body);
    CHECK(response.status == 422);
    CHECK(response.refused_fields() == fields);
    CHECK(core().take_submitted().empty());
  }

 private:
  static ServerOptions with_services(std::vector<std::string> services) {
    ServerOptions options;
    options.services = std::move(services);
    return options;
  }
};

inline std::vector<std::string> keys(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;  // nlohmann sorts them
}

using Names = std::vector<std::string>;

}  // namespace breakerd::http::test
