#include <breakerd/events/rules/turns.hpp>

#include <algorithm>

namespace breakerd {

void TurnOrder::clear() {
  listed_.clear();
  any_.clear();
  by_type_.clear();
}

void TurnOrder::list(const LaneId& lane, Ordinal turn, const std::vector<TypeCount>& types) {
  const auto at = listed_.find(lane);
  const bool same = at != listed_.end() && at->second.turn == turn &&
                    std::equal(types.begin(), types.end(), at->second.types.begin(), at->second.types.end(),
                               [](const TypeCount& a, const std::string& b) { return a.job_type == b; });
  if (same || (at == listed_.end() && types.empty())) return;
  std::vector<std::string> names;
  names.reserve(types.size());
  for (const TypeCount& type : types) names.push_back(type.job_type);
  list(lane, turn, std::move(names));
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
