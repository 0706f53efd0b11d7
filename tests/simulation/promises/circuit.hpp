#pragma once
// What is promised of the circuit and of the holds on campaigns. Who was told that it is open, or reads that it is, may
// rely on it: from then on nothing is handed out and allow is false, until a close that may have been carried out.

#include <functional>
#include <string>
#include <vector>

#include "tests/simulation/promises/rising.hpp"

namespace breakerd::simulation {

class Circuit {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Circuit(Complain complain) : complain_{std::move(complain)} {}

  void begun(const Request& request, std::uint64_t call, Step begun);
  void ended(const Ended& ended);
  void restarted(Step now);
  /// Nothing is under way any more: what was not known to be carried out never will be.
  void settled();

  /// `what` has just been seen to happen for a call that was under way from `begun` to now: the circuit was closed in
  /// between. Complains when that cannot be.
  void was_closed(const std::string& what, Step begun) const { was_closed(what, begun, Which::all); }
  /// Whether it was open, in the log, for all of a call that began then and has not ended.
  bool was_open(Step begun) const { return standing(begun, Which::recorded) != nullptr; }
  /// The same as was_closed() of a campaign that was started before `started` and had a job leased: no hold was on it.
  void was_not_held(const std::string& campaign, Step started, Step begun) const;

 private:
  /// Openings that are in the log, or all that keep the gate shut: reads show what is in the log.
  enum class Which { recorded, all };
  struct Opening {
    Step begun = 0;
    Step ended = 0;
    std::uint64_t epoch = 0;    ///< 0: not known
    bool in_mind_only = false;  ///< may be forgotten when the process dies
    bool is_new = false;        ///< the circuit was closed before, so that a hold was placed
    std::string said_by;
  };
  struct Hold {
    Step begun = 0;
    Step ended = 0;
    std::string service;  ///< empty: the circuit's
  };
  /// A close, or a lifting of holds, that may have been carried out.
  struct Undoing {
    std::uint64_t call = 0;
    Step begun = 0;
    Step ended = never;
    std::uint64_t epoch_max = never;
    bool lost = false;    ///< its answer; it may still be carried out, until the process dies
    std::string service;  ///< of lifting one service's hold; empty: all
  };

  void was_closed(const std::string& what, Step begun, Which which) const;
  void see_state(const Ended& ended, const nlohmann::json& circuit);
  void settle(std::vector<Undoing>& undoings, const Ended& ended, bool nothing_changed);
  const Opening* standing(Step begun, Which which) const;

  Complain complain_;
  Step restarted_ = 0;  ///< the last death of a process
  Rising epoch_;
  std::vector<Opening> openings_;
  std::vector<Hold> holds_;
  std::vector<Undoing> closes_;
  std::vector<Undoing> lifts_;
};

}  // namespace breakerd::simulation
