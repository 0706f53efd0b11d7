#include <breakerd/actors/queue/ended_jobs.hpp>

#include <algorithm>

namespace breakerd {

bool EndedJobs::any_of(const LaneId& lane) const {
  return settled_.contains(lane) ||
         std::any_of(undecided_.begin(), undecided_.end(), [&](const Undecided& ended) { return ended.lane == lane; });
}

/// In the order of ids, so that the messages that follow do not hang on the order of a hash table.
JobsEnded EndedJobs::take_settled() {
  JobsEnded ended;
  ended.campaigns.reserve(settled_.size());
  for (const auto& [lane, jobs] : settled_) ended.campaigns.push_back({lane, jobs});
  settled_.clear();
  std::sort(ended.campaigns.begin(), ended.campaigns.end(),
            [](const JobsEnded::Campaign& a, const JobsEnded::Campaign& b) { return a.campaign < b.campaign; });
  return ended;
}

}  // namespace breakerd
