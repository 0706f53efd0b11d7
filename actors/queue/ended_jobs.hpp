#pragma once
// How many jobs have ended in each lane since the campaigns were last told. Belongs to the queue actor; no locks.

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include <breakerd/actors/base/changes.hpp>

namespace breakerd {

class EndedJobs {
 public:
  /// A job of `lane` ended in submission `number`, which ascends.
  void add(std::uint64_t number, const LaneId& lane) {
    if (undecided_.empty() || undecided_.back().number != number || undecided_.back().lane != lane)
      undecided_.push_back({number, lane, 0});
    ++undecided_.back().jobs;
  }
  /// All submissions up to `committed` are in the log.
  void settle(std::uint64_t committed) {
    for (; !undecided_.empty() && undecided_.front().number <= committed; undecided_.pop_front())
      settled_[undecided_.front().lane] += undecided_.front().jobs;
  }
  /// What is not known to be in the log is void.
  void forget_undecided() { undecided_.clear(); }

  [[nodiscard]] bool any() const { return !settled_.empty() || !undecided_.empty(); }
  /// Of this lane; it looks at all that is undecided.
  [[nodiscard]] bool any_of(const LaneId& lane) const;
  /// What is in the log, and was not taken before.
  [[nodiscard]] JobsEnded take_settled();

 private:
  struct Undecided {
    std::uint64_t number = 0;
    LaneId lane;
    std::uint32_t jobs = 0;
  };
  std::deque<Undecided> undecided_;
  std::unordered_map<LaneId, std::uint32_t> settled_;
};

}  // namespace breakerd
