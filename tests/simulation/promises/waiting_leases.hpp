#pragma once
// What is promised of leases that wait for jobs (`wait_ms`): they are answered by their time; no job that one of them
// may take waits beside it; and no job is leased to a client that has gone. Of jobs without a campaign: of the others
// it is not known from answers alone when nothing holds them.

#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class WaitingLeases {
 public:
  using Complain = std::function<void(std::string)>;
  /// `longest_ms`: how long an answer takes at most when nothing is in its way; 0: nobody knows, and nothing is said.
  WaitingLeases(Complain complain, std::int64_t longest_ms) : complain_{std::move(complain)}, longest_ms_{longest_ms} {}

  /// `is_alone`: its user has no other call under way, whose answer would have to come before. `wall_us`: the
  /// calendar's time; 0: not known.
  void begun(const Request& request, std::uint64_t call, bool is_alone, std::int64_t now_ms, std::int64_t wall_us);
  /// `wall_us`, as above; the Ended says whether it has jumped meanwhile.
  void ended(const Ended& ended, std::int64_t wall_us);
  /// Answers may take longer than they do when nothing is in the way, or are lost.
  void trouble();

  /// Whether there are holds on jobs, limits on leases, or a plan that runs, now that no call is under way: beside
  /// those it is not known which jobs may wait.
  void may_be_held(bool any) { may_be_held_ = any; }

  /// A JobLeased of the log, since the last look().
  void leased(const nlohmann::json& event);
  /// All events up to now were seen, and no call is under way.
  void looked();

 private:
  struct Waiting {
    nlohmann::json job_types;  ///< that it asks for; null: any
    std::int64_t begun_ms = 0;
    std::int64_t answered_by_ms = 0;

    [[nodiscard]] bool takes(const std::string& type) const;
  };
  /// When calls of a worker for leases were under way, in the calendar's time.
  struct Window {
    std::uint64_t call = 0;
    std::int64_t begun_us = 0;
    std::int64_t ended_us = std::numeric_limits<std::int64_t>::max();
  };

  /// By a call that has ended so.
  void make_ready(std::uint64_t job, const std::string& type, const Ended& by);
  void enqueued(const Ended& ended);
  void lease_ended(const Ended& ended);
  void circuit_ended(const Ended& ended);
  void close_window(const Ended& ended, std::int64_t wall_us);
  void check(std::int64_t now_ms);

  Complain complain_;
  std::int64_t longest_ms_;
  std::map<std::uint64_t, Waiting> waiting_;      ///< by call
  std::map<std::uint64_t, std::string> types_;    ///< of jobs without a campaign
  std::map<std::uint64_t, Step> leased_;          ///< when a lease of the job was heard of last
  std::map<std::uint64_t, std::int64_t> ready_;   ///< jobs that nobody can have taken, and since when they are ready
  std::set<std::uint64_t> behind_others_;         ///< leases under way that may have jobs nobody has heard of yet
  std::int64_t blind_until_ms_ = 0;               ///< a lease that was lost may take jobs until then
  bool may_be_held_ = false;                      ///< a hold on jobs, a limit or a plan is there, or may be
  bool is_closed_ = true;                         ///< the circuit, for certain
  std::int64_t closed_since_ms_ = 0;              ///< at the latest
  std::uint64_t openings_ = 0;                    ///< calls that may have opened it
  std::map<std::uint64_t, std::uint64_t> asked_;  ///< openings_ at the beginning of closes and leases, by call
  std::map<std::uint64_t, int> opening_;          ///< of those openings the ones under way
  std::map<std::string, std::vector<Window>> windows_;
  bool is_time_known_ = true;
};

}  // namespace breakerd::simulation
