#pragma once
// A blocking HTTP/1.1 client of one connection, for the threads of the load. One thread at a time.

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace breakerd::integration {

using Json = nlohmann::json;

/// What came back. `status` 0: no whole answer came, so what was asked may or may not have been done.
struct Answer {
  int status = 0;
  Json body;
  bool replayed = false;  ///< it says that the request was done before

  [[nodiscard]] bool succeeded() const { return status >= 200 && status < 300; }
  [[nodiscard]] std::string code() const {
    return body.is_object() ? body.value("code", std::string{}) : std::string{};
  }
  [[nodiscard]] const Json& data() const { return body.at("data"); }
  [[nodiscard]] std::string text() const { return std::to_string(status) + " " + body.dump().substr(0, 300); }
};

class Client {
 public:
  explicit Client(std::uint16_t port, std::chrono::milliseconds timeout = std::chrono::seconds{30})
      : port_{port}, timeout_{timeout} {}
  ~Client() { hang_up(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  [[nodiscard]] Answer get(const std::string& target) { return ask("GET", target, {}); }
  /// `key`: its Idempotency-Key; empty: none.
  [[nodiscard]] Answer post(const std::string& target, const Json& body = Json::object(), const std::string& key = {}) {
    return ask("POST", target, body.dump(), key);
  }
  /// The next call connects anew.
  void hang_up();

 private:
  [[nodiscard]] Answer ask(const std::string& method, const std::string& target, const std::string& body,
                           const std::string& key = {});
  [[nodiscard]] bool connect();
  [[nodiscard]] bool send_all(const std::string& bytes) const;
  [[nodiscard]] bool receive_more();
  [[nodiscard]] Answer receive();

  std::uint16_t port_;
  std::chrono::milliseconds timeout_;
  int socket_ = -1;
  std::string input_;
};

}  // namespace breakerd::integration
