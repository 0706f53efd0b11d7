#pragma once
// What is promised of a campaign's pace: when there is one, that it fits what stands beside it, and that jobs which end
// are counted.

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Paces {
 public:
  using Complain = std::function<void(std::string)>;
  /// `longest_ms`: how long an answer takes at most; 0: nobody knows, and then nothing is said of when a campaign hears
  /// of its jobs.
  Paces(Complain complain, std::int64_t longest_ms) : complain_{std::move(complain)}, longest_ms_{longest_ms} {}

  void begun(const Request& request, std::uint64_t call, std::int64_t now_ms);
  void ended(const Ended& ended);
  /// The process has died, or storage has trouble: what campaigns were told may be lost.
  void trouble(Step now);

 private:
  /// A lease that nobody has tried to end.
  struct Held {
    std::string campaign;
    std::int64_t granted_ms = 0;     ///< when that was answered
    std::int64_t runs_until_ms = 0;  ///< at least
  };
  /// What a call that is under way may end the leases of, or may have, if its answer was lost.
  struct Ending {
    std::set<std::uint64_t> jobs;
    std::string campaign;  ///< empty: no campaign as a whole
  };

  bool must_be_awake(const Held& lease, std::int64_t now_ms) const;
  void granted(const Ended& ended);
  void row(const nlohmann::json& row, const Ended& ended);
  void check_figures(const std::string& id, const nlohmann::json& row, const nlohmann::json& pace);
  void check_awake(const std::string& id, const Ended& ended);
  void check_counted(const std::string& id, const nlohmann::json& pace, const Ended& ended);

  Complain complain_;
  std::int64_t longest_ms_;
  Step trouble_ = 0;
  std::map<std::uint64_t, Held> held_;                            // by job
  std::set<std::string> may_have_ended_;                          ///< campaigns that somebody has asked to end
  std::map<std::uint64_t, Ending> endings_;                       // by call
  std::map<std::uint64_t, std::string> completing_;               // the job's campaign, by call
  std::map<std::string, std::deque<std::int64_t>> completed_ms_;  // when a completed job was answered, by campaign
};

}  // namespace breakerd::simulation
