#pragma once
// What is promised of schedules (docs/http-api.md, "Schedules"): each run that is due is one job, of the kind that was
// asked for; none begins while its job would be held; what was missed runs once, or not at all.

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/job_holds.hpp"

namespace breakerd::simulation {

/// Of the log: a job that a schedule has enqueued.
bool is_of_schedule(const nlohmann::json& event);
/// Of the log: breakerd has given a schedule an earlier time, because the clock was set back.
bool is_earlier_time(const nlohmann::json& event);

class Schedules {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Schedules(Complain complain) : complain_{std::move(complain)} {}

  /// The next event of the log, which `history` and `holds` have not taken yet.
  void take(const nlohmann::json& event, const History& history, const JobHolds& holds);
  /// The list, as it is shown at rest.
  void compare(const std::vector<nlohmann::json>& shown) const;
  /// The list, as it is shown when the calendar says `wall_us`, some time after the last fault, while nothing holds
  /// jobs but those of campaigns.
  void are_on_time(const std::vector<nlohmann::json>& shown, std::int64_t wall_us) const;
  /// The same list, also when the calendar was set: no run is further away than its times say.
  void none_is_far_away(const std::vector<nlohmann::json>& shown, std::int64_t wall_us) const;

 private:
  struct Schedule {
    nlohmann::json plan;  ///< the data of its last ScheduleSet
    bool paused = false;
    std::optional<std::int64_t> next_us;
    std::uint64_t last_job = 0;
    std::optional<std::int64_t> last_due_us;
    std::optional<std::int64_t> last_us;         ///< when the last run began
    std::optional<std::int64_t> skipped_due_us;  ///< of the last run that was left out
    std::optional<std::int64_t> skipped_us;
  };
  /// A run whose job must be enqueued by the next event, and was not held then.
  struct Run {
    std::uint64_t job = 0;
    std::string key;
    nlohmann::json plan;
    bool by_hand = false;
  };

  void set(std::uint64_t id, const nlohmann::json& data);
  void comes_earlier(Schedule& schedule, const nlohmann::json& data);
  void ran(Schedule& schedule, const nlohmann::json& data, const History& history);
  void skipped(Schedule& schedule, const nlohmann::json& data, const History& history);
  void enqueued(const nlohmann::json& data);
  void expect_next(Schedule& schedule, const nlohmann::json& data, std::int64_t after_us);
  void complain(const std::string& what) const { complain_(at_ + what); }

  Complain complain_;
  std::string at_;           ///< the event at hand, for sentences
  std::int64_t now_us_ = 0;  ///< its time
  std::map<std::uint64_t, Schedule> schedules_;
  std::uint64_t last_ = 0;  ///< the greatest number
  std::optional<Run> begun_;
  std::optional<std::uint64_t> to_look_at_;  ///< a job that was just enqueued by a run that was due
};

}  // namespace breakerd::simulation
