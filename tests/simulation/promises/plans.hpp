#pragma once
// What is promised of plans and of parked jobs (docs/http-api.md, "Plans"): a plan binds from its start, so that no job
// that it parks or cancels is leased while it runs; its steps do what it says, and nothing else; and what is parked is
// released or cancelled by the commands about it alone. Of other commands about many jobs: their steps are whole.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/plan_actions.hpp"
#include "tests/simulation/promises/rising.hpp"

namespace breakerd::simulation {

class Plans {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Plans(Complain complain) : complain_{std::move(complain)} {}

  void begun(const Request& request);
  void ended(const Ended& ended);
  /// The next event of the log; `history` is what stands before it.
  void take(const nlohmann::json& event, const History& history);
  /// The log ends here.
  void taken(const History& history);

  bool is_running() const { return running_ != 0; }
  /// A plan that runs parks or cancels it.
  bool keeps(std::uint64_t job) const { return kept_.count(job) > 0; }
  /// The event since which no plan keeps the job; 0: none ever did. Of one that is kept it is later than any.
  std::uint64_t free_since(std::uint64_t job) const;
  /// Of all jobs.
  const std::map<std::uint64_t, PlannedJob>& jobs() const { return jobs_; }

  /// Nothing has been in the way of commands for some time.
  void have_ended() const;
  /// The lists of commands and of parked jobs, as they are shown at rest.
  void compare(const std::vector<nlohmann::json>& commands, const std::vector<nlohmann::json>& parked,
               const History& history) const;

 private:
  struct Command {
    std::string kind;
    std::string state = "running";
    std::string reason;
    std::vector<PlannedAction> actions;  ///< of a plan
    PlannedAction filter;                ///< of one about parked jobs, with `ids`
    std::set<std::uint64_t> ids;         ///< empty: not given
    std::uint64_t since = 0;             ///< its event
    std::uint64_t last_job = 0;
    std::uint64_t next = 0;
    std::uint64_t done = 0;
    std::uint64_t skipped = 0;
    std::uint64_t parked = 0;

    bool is_about_parked() const { return kind == "release_parked" || kind == "cancel_parked"; }
    bool takes(std::uint64_t id, const PlannedJob& job) const;
  };
  /// A step of a command, whose jobs follow.
  struct Advance {
    std::uint64_t seq = 0;
    std::uint64_t command = 0;
    std::uint64_t first = 0;  ///< the first job that it has looked at
    std::uint64_t left = 0;   ///< jobs that must follow
    std::uint64_t parked_left = 0;
  };
  /// As it was shown.
  struct End {
    std::string state;
    Step since = 0;  ///< by then
  };
  /// What somebody has asked for.
  struct Asked {
    nlohmann::json actions;
    bool with_close = false;
  };

  void started(const nlohmann::json& event, const History& history);
  void check_plan(const Command& plan, const nlohmann::json& event, const History& history);
  void bind(std::uint64_t id, const Command& plan, const History& history);
  void advanced(const nlohmann::json& data, std::uint64_t seq);
  void command_ended(const nlohmann::json& data, std::uint64_t seq, const History& history);
  void take_job(const std::string& type, const nlohmann::json& event, const History& history);
  void take_effect(const std::string& type, std::uint64_t job, const nlohmann::json& data, const History& history);
  void end_step(const History& history);
  void expect_plan(const std::string& type, const nlohmann::json& data);
  void none_is_left(const Command& command, std::uint64_t from, std::uint64_t to, const History& history);
  void check_row(const nlohmann::json& row, const Ended& ended);
  void complain(const std::string& sentence) const { complain_(at_ + sentence); }

  Complain complain_;
  std::string at_;  ///< the event at hand, for sentences
  std::map<std::uint64_t, PlannedJob> jobs_;
  std::map<std::uint64_t, Command> commands_;
  std::uint64_t running_ = 0;                  ///< the plan that runs
  std::map<std::uint64_t, std::string> kept_;  ///< what becomes of jobs by it; without those it releases
  std::map<std::uint64_t, std::uint64_t> freed_;
  std::optional<Advance> step_;
  std::map<std::string, Asked> asked_;    ///< plans, by their reasons
  std::string owed_plan_;                 ///< the reason of the plan that must begin in this append
  std::string closed_, lifted_;           ///< the reason of the close, or lifting, that this append has begun with
  std::map<std::uint64_t, End> ends_;     ///< of commands that were shown to have ended
  std::map<std::uint64_t, Rising> done_;  ///< by command, as shown
};

}  // namespace breakerd::simulation
