#include <breakerd/actors/queue/schedule_table.hpp>

#include <algorithm>

namespace breakerd {

void ScheduleTable::clear() {
  rows_.clear();
  times_.clear();
  waiting_.clear();
}

void ScheduleTable::set(const ScheduleRow& row) {
  remove(row.id);
  rows_.emplace(row.id, row);
  if (row.next_at != no_time) times_.emplace(row.next_at, row.id);
}

void ScheduleTable::remove(ScheduleId id) {
  const auto at = rows_.find(id);
  if (at == rows_.end()) return;
  times_.erase({at->second.next_at, id});
  waiting_.erase(id);
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

void ScheduleTable::wait(ScheduleId id) {
  const ScheduleRow& row = rows_.at(id);
  if (times_.erase({row.next_at, id}) > 0) waiting_.insert(id);
}

void ScheduleTable::end_waits() {
  for (const ScheduleId id : waiting_) times_.emplace(rows_.at(id).next_at, id);
  waiting_.clear();
}

}  // namespace breakerd
