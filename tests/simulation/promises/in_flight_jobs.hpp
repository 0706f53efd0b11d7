#pragma once
// What is promised of jobs that workers hold while the circuit is OPEN (docs/http-api.md, "Jobs in flight"): the
// opening says whether they are told to stop or may finish, and who asks for it once more may say otherwise. Each
// heartbeat keeps to what was said last, the circuit shows it, and the log has it.

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/history.hpp"

namespace breakerd::simulation {

/// It may say that runs finish that were told to stop.
bool may_let_finish(const Request& request);

class InFlightJobs {
 public:
  using Complain = std::function<void(std::string)>;
  /// `by_default`: "stop" or "finish", of openings that do not say.
  InFlightJobs(Complain complain, std::string by_default)
      : complain_{std::move(complain)}, by_default_{std::move(by_default)} {}

  void begun(const Request& request, std::uint64_t call, Step begun);
  void ended(const Ended& ended);
  /// The daemon may open the circuit by itself from here on.
  void trouble(Step now);
  /// What was lost before can no longer be carried out.
  void restarted(Step now);

  /// Whether runs are told to stop, if the circuit is OPEN, for all of a call that began then and has not ended.
  bool stops(Step begun) const { return said(begun) == std::set<std::string>{"stop"}; }

  /// A heartbeat was answered. `is_open`: the circuit was, for all of it. `may_be_cancelled`: its job.
  void heartbeat(const Ended& ended, bool is_open, bool may_be_cancelled) const;

  /// The next event of the log, which `history` has not taken yet.
  void take(const nlohmann::json& event, const History& history);
  /// Nothing is under way any more, and the circuit is as the status shows it.
  void settled(const nlohmann::json& circuit, const History& history);

 private:
  /// Somebody says what becomes of runs.
  struct Word {
    std::uint64_t call = 0;
    Step begun = 0;
    Step ended = never;
    std::string says;         ///< empty: nothing, or nobody knows what
    bool is_certain = false;  ///< it was answered
  };
  struct Run {
    std::string campaign;
    bool may_time_out = false;
  };

  std::set<std::string> said(Step begun) const;
  bool may_be_stopped(const std::string& token) const;
  void see(const Ended& ended, const nlohmann::json& circuit);

  Complain complain_;
  std::string by_default_;
  std::vector<Word> words_;
  std::map<std::string, Run> runs_;             ///< by token
  std::set<std::string> campaigns_;             ///< that somebody has paused or ended, or wanted to
  bool any_hold_ = false;                       ///< in the name of a service
  std::map<std::string, std::string> choices_;  ///< by reason, of openings by hand; empty: none was made
};

}  // namespace breakerd::simulation
