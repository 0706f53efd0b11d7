#include <breakerd/events/rules/turns.hpp>

#include <algorithm>
#include <iterator>

namespace breakerd {
namespace {

/// Whether these are the classes of which there are ready jobs; nothing is copied.
bool are_ready(const std::vector<JobClass>& listed, const std::vector<ClassCount>& classes) {
  auto next = listed.begin();
  for (const ClassCount& one : classes) {
    if (one.ready == 0) continue;
    if (next == listed.end() || *next != one.of) return false;
    ++next;
  }
  return next == listed.end();
}

}  // namespace

bool has_ready(const std::vector<ClassCount>& classes) {
  return std::any_of(classes.begin(), classes.end(), [](const ClassCount& one) { return one.ready > 0; });
}

std::vector<JobClass> ready_classes(const std::vector<ClassCount>& classes) {
  std::vector<JobClass> ready;
  for (const ClassCount& one : classes)
    if (one.ready > 0) ready.push_back(one.of);
  return ready;
}

void TurnOrder::clear() {
  listed_.clear();
  any_.clear();
  by_class_.clear();
}

void TurnOrder::list(const LaneId& lane, Ordinal turn, const std::vector<ClassCount>& classes) {
  const auto at = listed_.find(lane);
  if (at == listed_.end() ? !has_ready(classes) : at->second.turn == turn && are_ready(at->second.classes, classes))
    return;
  if (at != listed_.end() && at->second.turn == turn && has_ready(classes)) return change(at->second, lane, classes);
  list(lane, turn, ready_classes(classes));
}

/// Only those that come or go are touched, so that a lane of many classes costs no more for each of its events.
void TurnOrder::change(Listed& listed, const LaneId& lane, const std::vector<ClassCount>& classes) {
  std::size_t place = 0;
  for (const ClassCount& one : classes) {
    while (place < listed.classes.size() && listed.classes[place] < one.of) drop_class(listed, place);
    const bool is_listed = place < listed.classes.size() && listed.classes[place] == one.of;
    if (one.ready == 0) {
      if (is_listed) drop_class(listed, place);
      continue;
    }
    if (!is_listed) {
      listed.classes.insert(listed.classes.begin() + static_cast<std::ptrdiff_t>(place), one.of);
      by_class_[one.of].emplace(listed.turn, lane);
    }
    ++place;
  }
  while (place < listed.classes.size()) drop_class(listed, place);
}

void TurnOrder::drop_class(Listed& listed, std::size_t place) {
  drop_turn(listed.classes[place], listed.turn);
  listed.classes.erase(listed.classes.begin() + static_cast<std::ptrdiff_t>(place));
}

void TurnOrder::drop_turn(const JobClass& jobs, Ordinal turn) {
  const auto ring = by_class_.find(jobs);
  ring->second.erase(turn);
  if (ring->second.empty()) by_class_.erase(ring);
}

void TurnOrder::list(const LaneId& lane, Ordinal turn, std::vector<JobClass> classes) {
  if (const auto at = listed_.find(lane); at != listed_.end()) {
    unlist(at->second);
    listed_.erase(at);
  }
  if (classes.empty()) return;
  any_.emplace(turn, lane);
  for (const JobClass& one : classes) by_class_[one].emplace(turn, lane);
  listed_.emplace(lane, Listed{turn, std::move(classes)});
}

void TurnOrder::unlist(const Listed& listed) {
  any_.erase(listed.turn);
  for (const JobClass& one : listed.classes) drop_turn(one, listed.turn);
}

std::optional<TurnOrder::Turn> TurnOrder::next(Ordinal last, const Leasable& leasable,
                                               const std::vector<std::string>& types) const {
  const auto turn = first_behind(std::max(last, leasable.newest_hold()), leasable, types);
  return turn ? turn : first_behind(leasable.newest_hold(), leasable, types);
}

std::optional<TurnOrder::Turn> TurnOrder::first_behind(Ordinal after, const Leasable& leasable,
                                                       const std::vector<std::string>& types) const {
  std::optional<Turn> best;
  const auto look_at = [&](const Ring& ring) {
    const auto at = ring.upper_bound(after);
    if (at != ring.end() && (!best || at->first < best->turn)) best = Turn{at->first, at->second};
  };
  const auto look_at_free = [&](const auto& entry) {
    if (leasable.has(entry.first)) look_at(entry.second);
  };
  if (types.empty() && leasable.all()) {
    look_at(any_);
  } else if (types.empty()) {
    for (const auto& entry : by_class_) look_at_free(entry);
  }
  for (const std::string& type : types)
    for (auto at = by_class_.lower_bound({type, {}}); at != by_class_.end() && at->first.job_type == type; ++at)
      look_at_free(*at);
  return best;
}

std::vector<std::string> TurnOrder::types_of(const std::string& service) const {
  std::vector<std::string> types;
  for (const auto& [jobs, ring] : by_class_)
    if (jobs.service == service) types.push_back(jobs.job_type);
  return types;
}

}  // namespace breakerd
