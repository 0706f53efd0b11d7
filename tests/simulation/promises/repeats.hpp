#pragma once
// What is promised of requests with an Idempotency-Key (docs/http-api.md, "Requests that are sent again"): whoever
// sends one again gets the same answer, which says that it is one, and nothing is done twice.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Repeats {
 public:
  using Complain = std::function<void(std::string)>;
  /// `principal_of` as in Surroundings.
  Repeats(Complain complain, std::function<std::string(const std::string& user)> principal_of)
      : complain_{std::move(complain)}, principal_of_{std::move(principal_of)} {}

  /// `wall_us`: the calendar's time, or 0.
  void begun(const std::string& user, const Call& call, const Request& request, std::int64_t wall_us = 0);
  void ended(const std::string& user, const Call& call, const Request& request, const std::optional<Response>& response,
             std::int64_t wall_us);
  /// The next event of the log.
  void take(const nlohmann::json& event);

  /// It tells of something that was done before: nothing that stands in it is news.
  static bool is_replayed(const Response& response);
  /// It tells that much alone.
  static bool is_brief(const Response& response);

 private:
  struct Given {
    std::string content;  ///< of the request
    int status = 0;
    std::string body;
    std::int64_t wall_us = 0;
  };
  /// The requests of one principal with one key.
  struct Sent {
    std::set<std::string> contents;
    std::size_t begun = 0;
    std::size_t under_way = 0;
    bool have_met = false;       ///< those that are under way, with others
    bool is_in_doubt = false;    ///< the answer to one was lost, or was 503
    bool may_be_old = false;     ///< when it was done first is not known any more
    std::optional<Given> given;  ///< the answer that all others must be
    bool is_done = false;        ///< it was said to be done, and the answer not to be there
    std::int64_t done_us = 0;
  };

  [[nodiscard]] Sent& sent(const std::string& user, const Request& request);
  void replayed(Sent& sent, const Call& call, const Request& request, const Response& response, std::int64_t wall_us);
  void fresh(Sent& sent, const Call& call, const Request& request, const std::string& content, const Response& response,
             std::int64_t wall_us);
  void forget_old(Sent& sent, std::int64_t wall_us);

  Complain complain_;
  std::function<std::string(const std::string&)> principal_of_;
  std::map<std::string, Sent> sent_;                      ///< by principal and key
  std::map<std::string, std::set<std::string>> by_text_;  ///< what is found in an event, and the requests that say it
  std::map<std::string, std::size_t> times_;              ///< so many events say it
  std::set<std::string> answered_;                        ///< operation ids
};

}  // namespace breakerd::simulation
