#pragma once
// What is promised of jobs that expire (docs/http-api.md, "Jobs that expire"): one that nobody has started within its
// time is EXPIRED, no other one is, and none is leased behind its time. While a job is held its time stands still.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/job_holds.hpp"

namespace breakerd::simulation {

class Deadlines {
 public:
  using Complain = std::function<void(std::string)>;
  /// `wall_is_steady`: the times of events tell how much time lies between them.
  Deadlines(Complain complain, bool wall_is_steady) : complain_{std::move(complain)}, wall_is_steady_{wall_is_steady} {}

  void ended(const Ended& ended);
  /// The next event of the log, which `history` and `holds` have not taken yet.
  void take(const nlohmann::json& event, const History& history, const JobHolds& holds);

  /// The time of this job may be over, so that no lease takes it.
  bool may_be_over(std::uint64_t job) const;

  /// A job as it is shown at rest, when the calendar says `wall_us`; 0: nobody knows what it says.
  void compare(const nlohmann::json& row, const History& history, const JobHolds& holds, std::int64_t wall_us) const;

 private:
  struct Waiting {
    std::int64_t left_us = 0;
  };

  void pass(std::int64_t now_us, const History& history, const JobHolds& holds);
  void enqueued(std::uint64_t id, const nlohmann::json& data);
  void check_end(const std::string& type, std::uint64_t id, const History& history, const JobHolds& holds);
  void retried(std::uint64_t id, const nlohmann::json& data, const History& history);
  void count_spans(const std::string& type, const nlohmann::json& data);
  bool may_have_more(std::uint64_t id, const History& history) const;

  Complain complain_;
  bool wall_is_steady_;
  std::string at_;                                  ///< the event at hand, for sentences
  std::int64_t now_us_ = 0;                         ///< its time
  std::map<std::uint64_t, Waiting> waiting_;        ///< jobs with a deadline that were never started
  std::map<std::uint64_t, std::int64_t> given_us_;  ///< how long each had at first
  std::map<std::uint64_t, std::int64_t> asked_ms_;  ///< `expires_in_ms`, of jobs that nobody has seen in the log yet
  std::size_t holds_ = 0;                           ///< on campaigns, that were placed
  std::map<std::string, std::size_t> pauses_;       ///< of each campaign
};

}  // namespace breakerd::simulation
