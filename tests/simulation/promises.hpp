#pragma once
// What breakerd promises to those who call it, written from docs/ alone. It is shown every call as it begins and as it
// ends, every restart, and says in sentences which promises were broken. It knows nothing of the product's code.
//
// Where the outcome of a call is not known (its answer was lost, or says so) the model takes both for possible, until
// quiet() shows which it was. It does not complain about what the documents leave open.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/promises/answer.hpp"
#include "tests/simulation/promises/campaigns.hpp"
#include "tests/simulation/promises/circuit.hpp"
#include "tests/simulation/promises/deadlines.hpp"
#include "tests/simulation/promises/events_seen.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/in_flight_jobs.hpp"
#include "tests/simulation/promises/job_holds.hpp"
#include "tests/simulation/promises/job_types.hpp"
#include "tests/simulation/promises/jobs.hpp"
#include "tests/simulation/promises/leases.hpp"
#include "tests/simulation/promises/ledger.hpp"
#include "tests/simulation/promises/limits.hpp"
#include "tests/simulation/promises/listed.hpp"
#include "tests/simulation/promises/look.hpp"
#include "tests/simulation/promises/paces.hpp"
#include "tests/simulation/promises/past_errors.hpp"
#include "tests/simulation/promises/plans.hpp"
#include "tests/simulation/promises/previews.hpp"
#include "tests/simulation/promises/progress.hpp"
#include "tests/simulation/promises/repeats.hpp"
#include "tests/simulation/promises/rollouts.hpp"
#include "tests/simulation/promises/schedules.hpp"
#include "tests/simulation/promises/sightings.hpp"
#include "tests/simulation/promises/surroundings.hpp"
#include "tests/simulation/promises/timeouts.hpp"
#include "tests/simulation/promises/turns.hpp"
#include "tests/simulation/promises/waiting_leases.hpp"
#include "tests/simulation/promises/waits.hpp"

namespace breakerd::simulation {

using CallId = std::uint64_t;

/// One thread. Times are milliseconds of a clock that never jumps and that the daemon's leases run by; they never go
/// back.
class Promises {
 public:
  explicit Promises(Surroundings surroundings = {});
  Promises(const Promises&) = delete;
  Promises& operator=(const Promises&) = delete;

  /// A user is about to send this. Ids are never used twice.
  void begun(CallId id, std::int64_t now_ms, const std::string& user, const Call& call);
  /// Its answer is there, or nullopt: it was lost. Once for each call that began.
  void ended(CallId id, std::int64_t now_ms, const std::optional<Response>& response);
  /// The daemon's process has died, and its successor has not yet begun to serve. What was lost before can no longer be
  /// carried out; calls that have not ended yet may still reach the successor.
  /// `kept_its_word`: it has stopped in good order and says that every opening it had promised is in the log.
  void restarted(std::int64_t now_ms, bool kept_its_word = false);

  /// The successor begins to serve: what it finds in the log ends with event `last_seq`.
  void started(std::int64_t now_ms, std::uint64_t last_seq);

  /// Storage has trouble, or had: leases may expire uncounted.
  void storage_trouble(std::int64_t now_ms);

  /// Looks at everything and checks all of it. Before, every call must have ended, those whose answer was lost must not
  /// be on their way any more, and the daemon must be ready. Nobody else may call meanwhile. `wire` must outlive the
  /// look. `done` is told whether the look came to its end; one that did not (an answer was lost) has checked nothing.
  /// The calls of the look may be shown to begun() and ended() as well; they need not.
  void quiet(std::int64_t now_ms, Wire& wire, std::function<void(bool looked)> done);

  /// The list of schedules, some time after the last fault, while the queue runs and nothing holds jobs.
  void schedules_are_on_time(const std::vector<nlohmann::json>& shown);

  /// After a look that came to its end, some time after the last fault.
  void commands_have_ended() { plans_.have_ended(); }

  /// After a look that came to its end: leases were asked for until none came, while the circuit was closed.
  void none_could_be_leased();

  /// The same, when all holds were lifted, parked jobs were released, and no rollout was left.
  void drained();

  /// After a look that came to its end: while the last ramp ran workers have waited for each job, and jobs were there.
  void ramp_was_awaited() { rollouts_.was_awaited(); }

  /// One sentence for each promise that was broken, in the order in which that was seen, the first 100 of them.
  const std::vector<std::string>& broken() const { return broken_; }
  std::size_t calls_under_way() const { return under_way_.size(); }

 private:
  struct UnderWay {
    Call call;
    Request request;
    std::vector<Request> parts;  ///< settled_by() it
    std::string user;
    Step begun = 0;
    std::int64_t begun_ms = 0;
    std::int64_t wall_us = 0;
  };

  void complain(std::string sentence);
  [[nodiscard]] std::int64_t wall_us() const { return around_.wall_us ? around_.wall_us() : 0; }
  void begun(const UnderWay& started, const Request& request, CallId id, bool is_alone);
  void ended(const Ended& ended);
  [[nodiscard]] Ended end_of(const UnderWay& started, CallId id) const;
  static void forget_answer(Ended& ended);
  void check_leases(const Ended& ended);
  void check_heartbeat(const Ended& ended) const;
  void compare(const Seen& seen);
  void take_events(const Seen& seen);
  void check_expiry(const nlohmann::json& event);
  [[nodiscard]] bool was_unexcused(const nlohmann::json& event) const;

  Surroundings around_;
  std::vector<std::string> broken_;
  Step step_ = 0;
  Step trouble_ = 0;  ///< the last step at which leases may have been forgotten: a restart, or trouble with storage
  std::int64_t now_ms_ = 0;
  /// One of the daemon's starts: what happened after this step stands behind this event.
  struct Start {
    Step step = 0;
    std::uint64_t last_seq = 0;
  };
  std::vector<Start> starts_;
  std::map<CallId, UnderWay> under_way_;
  Circuit circuit_;
  Jobs jobs_;
  Leases leases_;
  InFlightJobs in_flight_;
  Waits waits_;
  WaitingLeases waiting_leases_;
  Paces paces_;
  Campaigns campaigns_;
  EventsSeen events_seen_;
  Ledger ledger_;
  Sightings sightings_;
  Listed listed_;
  History history_;
  UniqueKeys unique_keys_;
  PastErrors past_errors_;
  ProgressReports progress_;
  Times times_;
  JobHolds job_holds_;
  Plans plans_;
  Rollouts rollouts_;
  Previews previews_;
  Limits limits_;
  JobTypes job_types_;
  Schedules schedules_;
  Timeouts timeouts_;
  Repeats repeats_;
  Deadlines deadlines_;
  Turns turns_;
};

}  // namespace breakerd::simulation
