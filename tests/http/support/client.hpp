#pragma once
// A plain blocking HTTP client for tests: sends exactly the bytes it is given, so that malformed ones can be sent too.

#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace breakerd::http::test {

struct Response {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;

  [[nodiscard]] nlohmann::json json() const;
  [[nodiscard]] nlohmann::json data() const { return json().at("data"); }
  [[nodiscard]] std::string code() const { return json().at("code"); }
  [[nodiscard]] std::string field(const std::string& name) const;
  /// The names in errors[], in order, joined by spaces.
  [[nodiscard]] std::string refused_fields() const;
};

class Client {
 public:
  explicit Client(std::uint16_t port);
  /// Over a Unix socket.
  explicit Client(const std::filesystem::path& socket);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes);
  void send_byte_by_byte(std::string_view bytes);
  void close_sending_side();
  /// Goes without a word: the server hears of a broken connection. Nothing can be done afterwards.
  void break_off();
  /// Sends of `bytes` what goes at once; gives how many that are. 0: nothing could be sent for a second.
  std::size_t send_what_fits(std::string_view bytes);

  /// Reads one answer; `has_body` false for answers to HEAD. Throws when the connection ends first.
  [[nodiscard]] Response receive(bool has_body = true);

  /// True when the server has closed and nothing more was sent.
  [[nodiscard]] bool at_end();

  /// Sends a well-formed request and reads its answer.
  Response call(std::string_view method, std::string_view path, std::string_view body = {},
                std::string_view content_type = "application/json");
  Response get(std::string_view path) { return call("GET", path); }
  Response post(std::string_view path, std::string_view body = {}) { return call("POST", path, body); }

  /// Reads up to `size` bytes as they come.
  std::string receive_raw(std::size_t size);

 private:
  void connect_to(const sockaddr& address, std::size_t size);
  bool fill();

  int socket_ = -1;
  std::string buffer_;
};

/// A well-formed request as bytes.
[[nodiscard]] std::string request(std::string_view method, std::string_view path, std::string_view body = {},
                                  std::string_view content_type = "application/json");

}  // namespace breakerd::http::test
