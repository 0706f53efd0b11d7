#pragma once
// What is promised of timeouts (docs/http-api.md, "How long a run may take"): from a job's timeout on its worker is
// told to stop, and no sooner is its run a failed attempt. While its run is paused nothing of that happens, and its
// time begins anew when that ends.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"

namespace breakerd::simulation {

/// The event is a failed attempt of a run that was over its time.
bool is_timeout(const nlohmann::json& event);

class Timeouts {
 public:
  using Complain = std::function<void(std::string)>;
  /// `wall_is_steady`: the times of events tell how much time lies between them.
  Timeouts(Complain complain, bool wall_is_steady) : complain_{std::move(complain)}, wall_is_steady_{wall_is_steady} {}

  void begun(const Request& request);
  void ended(const Ended& ended);
  /// From here on runs may have their whole time again: a start, or storage that had trouble.
  void trouble(std::int64_t now_ms) { renewed_ms_ = now_ms; }

  /// The next event of the log, which `history` has not taken yet. `is_unexcused`: its lease was granted behind
  /// the last start and all trouble with storage.
  void take(const nlohmann::json& event, const History& history, bool is_unexcused);
  /// `history` has taken it.
  void taken(const nlohmann::json& event, const History& history);

 private:
  struct Run {
    std::int64_t since_us = 0;  ///< when it began, or was paused last
    bool is_paused = false;
  };
  /// A lease as its worker knows it.
  struct Grant {
    std::int64_t granted_ms = 0;  ///< it was there by then
    std::int64_t timeout_ms = 0;
  };

  void told(const Ended& ended);
  void timed_out(std::uint64_t job, const nlohmann::json& data, const History& history, bool is_unexcused);
  void expired(std::uint64_t job) const;

  Complain complain_;
  bool wall_is_steady_;
  std::string at_;                                     ///< the event at hand, for sentences
  std::int64_t now_us_ = 0;                            ///< its time
  std::map<std::uint64_t, std::int64_t> timeouts_ms_;  ///< by job, as enqueued; 0: none
  std::map<std::uint64_t, Run> runs_;                  ///< of leased jobs with a timeout
  std::map<std::string, Grant> grants_;                ///< by token
  std::int64_t renewed_ms_ = 0;                        ///< the last time that runs may have got their whole time again
  std::size_t renewing_ = 0;                           ///< calls under way after which they may
};

}  // namespace breakerd::simulation
