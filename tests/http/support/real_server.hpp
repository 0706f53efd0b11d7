#pragma once
// A server over the real core with a log in memory: for tests of what calls mean. Starts in milliseconds.

#include <memory>
#include <string>
#include <vector>

#include <breakerd/actors/core/core.hpp>
#include <breakerd/http/daemon/front.hpp>
#include "client.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/memory_log.hpp"

namespace breakerd::http::test {

class RealServer {
 public:
  explicit RealServer(std::vector<std::string> services = {});
  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return front_.port(); }
  [[nodiscard]] std::size_t waiting_leases() const { return core_->waiting_leases(); }

  breakerd::test::MemoryLog log;

 private:
  CoreConfig config_;
  caf::actor_system system_{config_};
  std::unique_ptr<Core> core_;
  Front front_;
};

/// A server, and a client whose calls have to succeed.
struct RealDaemon {
  RealServer server;
  Client client{server.port()};

  nlohmann::json get(const std::string& path) {
    const Response response = client.get(path);
    INFO(path << " " << response.body);
    REQUIRE(response.status == 200);
    return response.data();
  }
  nlohmann::json post(const std::string& path, const nlohmann::json& body = nlohmann::json::object()) {
    const Response response = client.post(path, body.dump());
    INFO(path << " " << response.body);
    REQUIRE((response.status == 200 || response.status == 201));
    return response.data();
  }

  void enqueue(const std::string& type, const nlohmann::json& service = nullptr,
               const nlohmann::json& of_campaign = nullptr) {
    post("/api/v1/jobs", {{"job_type", type}, {"service", service}, {"campaign_id", of_campaign}});
  }
  /// Gives the id of a campaign that runs.
  std::string start_campaign() {
    const nlohmann::json made = post("/api/v1/campaigns", {{"name", "spring"}});
    const std::string id = made.at("id");
    post("/api/v1/campaigns/" + id + "/start");
    return id;
  }
};

}  // namespace breakerd::http::test
