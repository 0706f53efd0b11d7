#pragma once
// What is promised of jobs that wait for their time: none is leased before it, and a delay between attempts is what
// the job or its worker asked for and stands still while the queue is paused.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "tests/simulation/promises/request.hpp"
#include "tests/simulation/promises/unique_keys.hpp"

namespace breakerd::simulation {

class Times {
 public:
  using Complain = std::function<void(std::string)>;
  /// `wall_is_steady`: the times of events tell how much time lies between them.
  Times(Complain complain, bool wall_is_steady) : complain_{std::move(complain)}, wall_is_steady_{wall_is_steady} {}

  void begun(const Request& request);
  /// The next event of the log, which `keys` has taken.
  void take(const nlohmann::json& event, const UniqueKeys& keys);

  /// Whether it waits for a time, as the events so far have it.
  bool waits(std::uint64_t job) const { return waiting_.count(job) > 0; }
  /// Until when, by the wall clock; nullopt: it does not wait for that.
  std::optional<std::int64_t> run_at_us(std::uint64_t job) const;

 private:
  struct Waiting {
    std::optional<std::int64_t> run_at_us;
    std::int64_t due_us = 0;  ///< otherwise; in queue time
  };
  struct Asked {
    nlohmann::json backoff;
    std::set<std::uint64_t> retry_after_ms;
  };

  void attempt_failed(std::uint64_t job, const nlohmann::json& data);
  void due(std::uint64_t job);
  bool is_asked_for(const Asked& asked, std::uint64_t attempt, std::uint64_t delay_ms) const;
  std::int64_t queue_time_us() const;

  Complain complain_;
  bool wall_is_steady_;
  std::string at_;           ///< the event at hand, for sentences
  std::int64_t now_us_ = 0;  ///< its time
  std::int64_t paused_us_ = 0;
  std::optional<std::int64_t> paused_since_us_;
  std::map<std::uint64_t, Waiting> waiting_;  // by job
  std::map<std::uint64_t, Asked> asked_;      // by job
};

}  // namespace breakerd::simulation
