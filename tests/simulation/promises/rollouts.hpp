#pragma once
// What is promised of rollouts (docs/http-api.md, "A plan for what waits"): how many jobs of a canary are leased, when
// it passes, how fast a ramp lets jobs go, what ends them, and that this is what is shown. Written from the documents
// and the log's events alone.
//
// Not checked: that a ramp lets as many jobs go as it may while users come and go as they like, because nobody knows
// then who has waited for which job. That is looked at when the world waits for each job by itself (was_awaited()).

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/ledger.hpp"
#include "tests/simulation/promises/queue_clock.hpp"
#include "tests/simulation/promises/ramps.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

class Rollouts {
 public:
  using Complain = std::function<void(std::string)>;
  /// `wall_is_steady`: the times of events tell how much time lies between them. `longest_ms` as in Surroundings.
  Rollouts(Complain complain, bool wall_is_steady, std::int64_t longest_ms)
      : complain_{std::move(complain)}, wall_is_steady_{wall_is_steady}, longest_us_{1'000 * longest_ms} {}

  void begun(const Request& request);
  void ended(const Ended& ended);
  /// A process begins to serve: what it finds in the log ends with event `last_seq`. `wall_us`: the calendar's time.
  void started(std::uint64_t last_seq, std::int64_t wall_us);

  /// The next event of the log.
  void take(const nlohmann::json& event);
  /// `history` and `times` have taken the event, too.
  void taken(const History& history, const Times& times);
  /// The log ends here, and with it the append of its last event.
  void end_of_log();

  bool exists() const { return now_.phase != Phase::none; }
  /// No further job may be leased before one of the canary has ended.
  bool is_full() const { return now_.phase == Phase::canary && room() == 0; }

  /// Since the beginning of the last ramp, and to its end, workers have waited for each job, and jobs were there.
  void was_awaited() const;

  /// What was answered since the last time, against the events up to now; `ledger` has seen them.
  void compare(const Ledger& ledger);
  /// What is shown at rest. `wall_us`: the calendar's time; 0: not known.
  void compare(const nlohmann::json& status, const nlohmann::json& shown, const std::vector<nlohmann::json>& commands,
               std::int64_t wall_us) const;

 private:
  enum class Phase { none, canary, ramp };
  /// What a plan has.
  struct Wanted {
    std::uint64_t canary = 0;  ///< 0: none
    RampShape ramp;
    bool exists() const { return canary > 0 || ramp.exists(); }
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  struct State {
    Phase phase = Phase::none;
    std::uint64_t command = 0;
    Wanted wanted;
    std::string by;
    std::string began_at;
    std::uint64_t succeeded = 0;
    std::map<std::uint64_t, std::string> in_flight;  ///< jobs of the canary, and their campaigns
    std::string ramp_began_at;
    std::int64_t ramp_since_us = 0;  ///< in queue time
  };
  /// From this event on.
  struct Version {
    std::uint64_t seq = 0;
    State state;
    QueueClock clock;
  };
  struct Sighting {
    nlohmann::json shown;  ///< null: none
    std::string where;
    Step begun = 0;
    Step ended = 0;
    std::int64_t wall_begun_us = 0;  ///< 0: not known
    std::int64_t wall_ended_us = 0;
  };
  struct Start {
    std::uint64_t last_seq = 0;
    std::int64_t wall_us = 0;
  };

  static Wanted wanted_by(const nlohmann::json& plan);
  static Wanted wanted_in(const nlohmann::json& event_data);
  static nlohmann::json as_shown(const State& state);
  /// As the members of a plan's command.
  static bool shows(const nlohmann::json& row, const Wanted& wanted);
  bool shows(const nlohmann::json& shown, const Version& version, const Sighting& seen) const;
  std::string odd_ramp(const nlohmann::json& ramp) const;
  void see(const nlohmann::json& shown, const std::string& where, const Ended& ended);
  void stop_ended(const Ended& ended);
  void check_drain(const Ended& ended) const;

  std::uint64_t room() const { return now_.wanted.canary - now_.succeeded - now_.in_flight.size(); }
  void begin_process(std::uint64_t seq);
  void started_command(const nlohmann::json& event);
  void begin_ramp(const nlohmann::json& event);
  void leased(const nlohmann::json& event);
  void lease_ended(const std::string& type, const nlohmann::json& data);
  void passed(const nlohmann::json& event);
  void check_owed(const std::string& type, const nlohmann::json& event);
  void rollout_ended(const nlohmann::json& event);
  void check_time(const std::string& type) const;
  bool has_jobs_to_lease(const History& history, const Times& times) const;
  std::int64_t ramp_us() const { return clock_.at(now_us_) - meter_since_us_; }
  void complain(const std::string& sentence) const { complain_(at_ + sentence); }

  Complain complain_;
  bool wall_is_steady_;
  std::int64_t longest_us_;
  std::string at_;           ///< the event at hand, for sentences
  std::uint64_t seq_ = 0;    ///< likewise
  std::int64_t now_us_ = 0;  ///< its time
  QueueClock clock_;
  State now_;
  RampLeases leases_;                    ///< of the ramp there is, or was last
  RampShape last_ramp_;                  ///< likewise
  std::int64_t meter_since_us_ = 0;      ///< when it began, in queue time that was never set back behind that
  std::int64_t process_since_us_ = 0;    ///< queue time at the last start
  bool is_passed_ = false;               ///< CanaryPassed is owed
  std::uint64_t passed_by_ = 0;          ///< by this event
  std::uint64_t step_ = 0;               ///< the last step of a command
  std::uint64_t last_of_step_ = 0;       ///< the last event of one of its jobs
  bool is_opened_ = false;               ///< the append of an opening, and the rollout's end is owed
  bool is_replaced_ = false;             ///< a newer plan must follow
  std::vector<Start> starts_;            ///< that no event stands behind yet
  std::map<std::string, Wanted> asked_;  ///< plans, by their reasons
  std::map<std::uint64_t, Wanted> commands_;
  std::vector<Version> versions_{Version{}};  ///< since the last compare()
  std::vector<Sighting> sightings_;
};

}  // namespace breakerd::simulation
