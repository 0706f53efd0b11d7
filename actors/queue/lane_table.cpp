#include <breakerd/actors/queue/lane_table.hpp>

#include <algorithm>

#include <breakerd/storage/tables/job_set.hpp>

namespace breakerd {

bool Window::insert(JobId job, bool there_is_room, std::optional<JobId>* pushed_out) {
  if (job > horizon_) {
    behind_horizon_ = std::max(behind_horizon_, job);
    return false;
  }
  if (!there_is_room && (jobs_.empty() || job > jobs_.back())) {
    horizon_ = jobs_.empty() ? job - 1 : jobs_.back();
    behind_horizon_ = std::max(behind_horizon_, job);
    return false;
  }
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) return true;
  jobs_.insert(at, job);
  if (jobs_.size() > jobs_max) {
    behind_horizon_ = std::max(behind_horizon_, jobs_.back());
    if (pushed_out != nullptr) *pushed_out = jobs_.back();
    jobs_.pop_back();
    horizon_ = jobs_.back();
    return job <= horizon_;
  }
  return true;
}

void Window::erase(JobId job) {
  const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), job);
  if (at != jobs_.end() && *at == job) jobs_.erase(at);
}

std::optional<JobId> Window::front() const {
  if (jobs_.empty()) return std::nullopt;
  return jobs_.front();
}

std::vector<JobId> Window::next_to_read(std::size_t count, std::size_t most) const {
  const std::size_t wanted = std::min(std::max(count, std::min(next_read_, most)), jobs_.size());
  return {jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(wanted)};
}

Result<JobId> Window::refill(const ReadView& view, const LaneId& lane, const std::string& job_type,
                             const std::function<bool(JobId)>& skip) {
  if (!jobs_.empty() || horizon_ == no_horizon) return JobId{0};
  const JobId from_horizon = horizon_;
  JobId last = horizon_;
  bool stopped = false;
  auto ok = scan_jobs(view, Table::ready, ready_prefix(lane, job_type), horizon_, [&](JobId job) {
    if (jobs_.size() == next_refill_) return stopped = true, false;
    last = job;
    if (!skip(last)) jobs_.push_back(last);
    return true;
  });
  if (!ok) return jobs_.clear(), ok.error();
  next_refill_ = std::min(2 * next_refill_, refill_jobs);
  // Jobs known to lie further back may not be committed yet: the next refill will find them.
  const bool all_seen = !stopped && last >= behind_horizon_;
  horizon_ = all_seen ? no_horizon : last;
  return horizon_ - from_horizon;
}

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
    unlist(lane, at->second);
    listed_.erase(at);
  }
  if (types.empty()) return;
  any_.emplace(turn, lane);
  for (const std::string& type : types) by_type_[type].emplace(turn, lane);
  listed_.emplace(lane, Listed{turn, std::move(types)});
}

void TurnOrder::unlist(const LaneId&, const Listed& listed) {
  any_.erase(listed.turn);
  for (const std::string& type : listed.types) {
    const auto ring = by_type_.find(type);
    ring->second.erase(listed.turn);
    if (ring->second.empty()) by_type_.erase(ring);
  }
}

std::optional<TurnOrder::Turn> TurnOrder::next(Ordinal after, const std::vector<std::string>& types) const {
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
