#pragma once
// What users and daemon say to each other, without saying how it is carried.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace breakerd::simulation {

/// One request. An empty body is none.
struct Call {
  std::string method;
  std::string target;  ///< path and query, as it stands in the request line
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside those that every request has
};

/// One answer.
struct Response {
  int status = 0;
  std::string body;
  std::map<std::string, std::string> headers;  ///< names in lower case

  /// See content_of().
  mutable std::shared_ptr<const nlohmann::json> content = nullptr;
};

/// The body as JSON; discarded when it is none. Large ones take long to parse: it is done once for a response and all
/// copies that are made of it afterwards.
[[nodiscard]] const nlohmann::json& content_of(const Response& response);

/// One user's way to the daemon. The world implements it: a connection, or several in turn.
class Wire {
 public:
  virtual ~Wire() = default;
  /// Sends the call. `done` is called once: with the answer, or with nullopt when the connection broke before all of
  /// it was there, so that nobody knows whether the call was carried out. It may be called before call() returns.
  /// Calls that are sent before the answers to earlier ones are pipelined.
  virtual void call(Call call, std::function<void(std::optional<Response>)> done) = 0;
  /// The user goes: what is under way is not answered.
  virtual void hang_up() {}
};

}  // namespace breakerd::simulation
