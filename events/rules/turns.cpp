#include <breakerd/events/rules/turns.hpp>

#include <algorithm>
#include <iterator>

namespace breakerd {
namespace {

bool has_ready(const std::vector<ClassCount>& classes) {
  return std::any_of(classes.begin(), classes.end(), [](const ClassCount& one) { return one.ready > 0; });
}

/// Whether these are the types of which there are ready jobs; nothing is copied.
bool has_types(const std::vector<ClassCount>& classes, const std::vector<std::string>& types) {
  auto next = types.begin();
  for (const ClassCount& one : classes) {
    if (one.ready == 0 || (next != types.begin() && *std::prev(next) == one.of.job_type)) continue;
    if (next == types.end() || *next != one.of.job_type) return false;
    ++next;
  }
  return next == types.end();
}

}  // namespace

std::vector<std::string> ready_types(const std::vector<ClassCount>& classes) {
  std::vector<std::string> types;
  for (const ClassCount& one : classes)
    if (one.ready > 0 && (types.empty() || types.back() != one.of.job_type)) types.push_back(one.of.job_type);
  return types;
}

void TurnOrder::clear() {
  listed_.clear();
  any_.clear();
  by_type_.clear();
}

void TurnOrder::list(const LaneId& lane, Ordinal turn, const std::vector<ClassCount>& classes) {
  const auto at = listed_.find(lane);
  if (at == listed_.end() ? !has_ready(classes) : at->second.turn == turn && has_types(classes, at->second.types))
    return;
  list(lane, turn, ready_types(classes));
}

void TurnOrder::list(const LaneId& lane, Ordinal turn, std::vector<std::string> types) {
  if (const auto at = listed_.find(lane); at != listed_.end()) {
    unlist(at->second);
    listed_.erase(at);
  }
  if (types.empty()) return;
  any_.emplace(turn, lane);
  for (const std::string& type : types) by_type_[type].emplace(turn, lane);
  listed_.emplace(lane, Listed{turn, std::move(types)});
}

void TurnOrder::unlist(const Listed& listed) {
  any_.erase(listed.turn);
  for (const std::string& type : listed.types) {
    const auto ring = by_type_.find(type);
    ring->second.erase(listed.turn);
    if (ring->second.empty()) by_type_.erase(ring);
  }
}

std::optional<TurnOrder::Turn> TurnOrder::next(Ordinal last, Ordinal newest_hold,
                                               const std::vector<std::string>& types) const {
  const auto turn = first_behind(std::max(last, newest_hold), types);
  return turn ? turn : first_behind(newest_hold, types);
}

std::optional<TurnOrder::Turn> TurnOrder::first_behind(Ordinal after, const std::vector<std::string>& types) const {
  std::optional<Turn> best;
  const auto look_at = [&](const Ring& ring) {
    const auto at = ring.upper_bound(after);
    if (at != ring.end() && (!best || at->first < best->turn)) best = Turn{at->first, at->second};
  };
  if (types.empty()) look_at(any_);
  for (const std::string& type : types)
    if (const auto ring = by_type_.find(type); ring != by_type_.end()) look_at(ring->second);
  return best;
}

}  // namespace breakerd
