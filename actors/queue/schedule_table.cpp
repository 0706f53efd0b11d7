#include <breakerd/actors/queue/schedule_table.hpp>

#include <algorithm>

namespace breakerd {

void ScheduleTable::clear() {
  rows_.clear();
  times_.clear();
  waiting_.clear();
  wait_ends_.clear();
}

void ScheduleTable::list(const ScheduleRow& row) {
  if (row.next_at != no_time) times_.emplace(row.next_at, row.id);
}

void ScheduleTable::set(const ScheduleRow& row) {
  remove(row.id);
  rows_.emplace(row.id, row);
  list(row);
}

void ScheduleTable::remove(ScheduleId id) {
  const auto at = rows_.find(id);
  if (at == rows_.end()) return;
  times_.erase({at->second.next_at, id});
  if (const auto wait = waiting_.find(id); wait != waiting_.end()) {
    if (wait->second) wait_ends_.erase({*wait->second, id});
    waiting_.erase(wait);
  }
  rows_.erase(at);
}

const ScheduleRow* ScheduleTable::find(ScheduleId id) const {
  const auto at = rows_.find(id);
  return at == rows_.end() ? nullptr : &at->second;
}

const ScheduleRow* ScheduleTable::find_name(std::string_view name) const {
  const auto at =
      std::find_if(rows_.begin(), rows_.end(), [&](const auto& one) { return one.second.plan.name == name; });
  return at == rows_.end() ? nullptr : &at->second;
}

const ScheduleRow* ScheduleTable::find_behind(ScheduleId id) const {
  const auto at = rows_.upper_bound(id);
  return at == rows_.end() ? nullptr : &at->second;
}

std::optional<Time> ScheduleTable::next_due() const {
  if (times_.empty()) return std::nullopt;
  return times_.begin()->first;
}

std::vector<ScheduleId> ScheduleTable::due(Time now, std::size_t max) const {
  std::vector<ScheduleId> ids;
  for (const auto& [at, id] : times_) {
    if (at > now || ids.size() == max) break;
    ids.push_back(id);
  }
  return ids;
}

void ScheduleTable::wait(ScheduleId id, std::optional<SteadyTime> until) {
  if (times_.erase({rows_.at(id).next_at, id}) == 0) return;
  waiting_.emplace(id, until);
  if (until) wait_ends_.emplace(*until, id);
}

void ScheduleTable::end_waits() {
  for (const auto& [id, until] : waiting_) list(rows_.at(id));
  waiting_.clear();
  wait_ends_.clear();
}

void ScheduleTable::end_waits(SteadyTime now) {
  while (!wait_ends_.empty() && wait_ends_.begin()->first <= now) {
    const ScheduleId id = wait_ends_.begin()->second;
    wait_ends_.erase(wait_ends_.begin());
    waiting_.erase(id);
    list(rows_.at(id));
  }
}

std::optional<SteadyTime> ScheduleTable::next_wait_end() const {
  if (wait_ends_.empty()) return std::nullopt;
  return wait_ends_.begin()->first;
}

}  // namespace breakerd
