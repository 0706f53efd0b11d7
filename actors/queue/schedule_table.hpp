#pragma once
// All schedules, and when their next runs are due. Belongs to the queue actor; no locks.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/schedule.hpp>

namespace breakerd {

class ScheduleTable {
 public:
  void clear();
  void set(const ScheduleRow& row);
  void remove(ScheduleId id);
  /// null when there is none.
  [[nodiscard]] const ScheduleRow* find(ScheduleId id) const;
  [[nodiscard]] const ScheduleRow* find_name(std::string_view name) const;
  /// The first one with a greater number; null when there is none.
  [[nodiscard]] const ScheduleRow* find_behind(ScheduleId id) const;

  /// When the next run is due, of those that do not wait(); nothing: none is.
  [[nodiscard]] std::optional<Time> next_due() const;
  /// Up to `max` of those that are due at `now`, the earliest first.
  [[nodiscard]] std::vector<ScheduleId> due(Time now, std::size_t max) const;

  /// The run of this one is due and cannot begin. It is not looked at until end_waits(), set(), or `until`, if that is
  /// given.
  void wait(ScheduleId id, std::optional<SteadyTime> until = {});
  /// Runs that wait may begin.
  void end_waits();
  /// Those whose time has come may.
  void end_waits(SteadyTime now);
  /// When that has something to do.
  [[nodiscard]] std::optional<SteadyTime> next_wait_end() const;

 private:
  void list(const ScheduleRow& row);

  std::map<ScheduleId, ScheduleRow> rows_;
  std::set<std::pair<Time, ScheduleId>> times_;  ///< those with a next run that do not wait
  std::map<ScheduleId, std::optional<SteadyTime>> waiting_;
  std::set<std::pair<SteadyTime, ScheduleId>> wait_ends_;  ///< of those waiting_ that have one
};

}  // namespace breakerd
