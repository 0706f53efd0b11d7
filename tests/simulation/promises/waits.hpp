#pragma once
// What is promised of heartbeats that wait (`wait_ms`): who is told that work has to stop, because the circuit opened,
// a campaign was paused or ended, or a job was cancelled, may rely on it that those who wait have been told at once.

#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Waits {
 public:
  using Complain = std::function<void(std::string)>;
  /// `campaign_of` gives the campaign of a job, empty when it has none or it is not known. `longest_ms`: how long an
  /// answer takes at most when nothing is in its way; 0: nobody knows, and nothing is said.
  Waits(Complain complain, std::function<std::string(std::uint64_t job)> campaign_of, std::int64_t longest_ms)
      : complain_{std::move(complain)}, campaign_of_{std::move(campaign_of)}, longest_ms_{longest_ms} {}

  /// `is_alone`: its user has no other call under way, whose answer would have to come before.
  void begun(const Request& request, std::uint64_t call, bool is_alone);
  /// `stops_runs`: if it has opened the circuit, or found it open, runs are told to stop.
  void ended(const Ended& ended, bool stops_runs);
  /// Answers may take longer than they do when nothing is in the way, or are lost.
  void trouble() { waiting_.clear(); }

 private:
  struct Waiting {
    std::uint64_t job = 0;
    std::int64_t answered_by_ms = std::numeric_limits<std::int64_t>::max();
    std::string because;
  };

  void stopped(const Ended& ended, const char* because, const std::function<bool(const Waiting&)>& concerns);
  void answered(const Ended& ended);

  Complain complain_;
  std::function<std::string(std::uint64_t)> campaign_of_;
  std::int64_t longest_ms_;
  std::map<std::uint64_t, Waiting> waiting_;  ///< by call
  std::set<std::uint64_t> undoing_;           ///< calls under way after which there may be no reason to stop
};

}  // namespace breakerd::simulation
