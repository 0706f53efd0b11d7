#pragma once
// Holds what callers were told against what the log says: each change that was acknowledged has its event, each event
// that only a caller can cause has a caller, and the order of the events is one that the callers can have seen.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"

namespace breakerd::simulation {

class Ledger {
 public:
  using Complain = std::function<void(std::string)>;
  /// `principal_of` gives the principal that a user's events have, or is empty: then that is not looked at.
  Ledger(Complain complain, std::function<std::string(const std::string& user)> principal_of)
      : complain_{std::move(complain)}, principal_of_{std::move(principal_of)} {}

  void begun(const Request& request, std::uint64_t call, const std::string& user, Step begun);
  void ended(const Ended& ended);
  /// What was to be recorded later may have been forgotten.
  void restarted(Step now);

  /// The events since the last time, all of them, in their order; no call is under way. Forgets the calls afterwards.
  void compare(const std::vector<nlohmann::json>& events);

  /// For compare()'s caller, until the next compare(): the log as a call saw it that was under way in these steps ended
  /// behind an event of this range.
  struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = never;
  };
  Range seqs_seen_by(Step begun, Step ended) const;

 private:
  /// A call says that it may have caused events with this key.
  struct Claim {
    std::uint64_t call = 0;
    std::string user;
    Step begun = 0;
    Step ended = never;
    std::size_t events_max = 1;
    bool owes_event = false;     ///< it was told so
    bool until_restart = false;  ///< it was told that it comes later, which a process that ends may forget
    Step in_mind = never;        ///< since when it was told so
    std::string name{};          ///< of all calls that have its key, which owe one event together; empty: it has none
    std::string instead{};       ///< the key of an event that may be there for what it owes; empty: there is none
  };
  struct Match {
    std::uint64_t seq = 0;
    Step begun = 0;
    Step ended = never;
    bool is_lease = false;
  };

  void claim(std::string key, const Claim& claim);
  [[nodiscard]] std::size_t events_owed(const std::vector<Claim>& claims) const;
  void drop(std::uint64_t call);
  void record_late(const Ended& ended);
  void acknowledge(const Ended& ended, bool owes_event);
  void acknowledge_leases(const Ended& ended);
  void acknowledge_items(const Ended& ended);
  void acknowledge_plan(const Ended& ended);
  void acknowledge_ids(const Ended& ended);
  void match(const nlohmann::json& event);
  void check_order();
  void check_openings_in_mind();

  Complain complain_;
  std::function<std::string(const std::string&)> principal_of_;
  std::map<std::string, std::vector<Claim>> claims_;
  std::map<std::string, std::vector<std::uint64_t>> seqs_;     // of the events, by key, in compare()
  std::map<std::uint64_t, std::vector<std::string>> keys_of_;  // by call
  std::vector<std::string> odd_reports_;                       // bodies of reports that were refused in part
  std::set<std::string> sent_with_key_;                        // names and what was asked for, for good
  Step restarted_ = 0;
  std::uint64_t settled_seq_ = 0;  // the last event of the comparison before
  std::uint64_t last_seq_ = 0;
  std::vector<Match> matches_;                              // in the order of seqs
  std::vector<std::pair<Step, std::uint64_t>> seen_by_;     // (ended, the greatest seq known then)
  std::vector<std::pair<Step, std::uint64_t>> not_before_;  // (begun, the least seq of it and of what began later)
};

}  // namespace breakerd::simulation
