#pragma once
// Whose turn it is when jobs are leased: a rule, and what has to be remembered for it. Pure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/queue_state.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/rules/limit_meter.hpp>

namespace breakerd {

/// The classes of which there are ready jobs, sorted.
[[nodiscard]] std::vector<JobClass> ready_classes(const std::vector<ClassCount>& classes);
[[nodiscard]] bool has_ready(const std::vector<ClassCount>& classes);

/// The place of the jobs of no campaign in the order of turns: behind all campaigns, and under no hold.
inline constexpr Ordinal default_lane_turn = std::numeric_limits<Ordinal>::max();

/// How many jobs in a row a lane gives to one lease before it is the next lane's turn.
inline constexpr std::size_t jobs_per_turn = 16;

/// Which jobs may be leased at this moment, as far as their class decides. What it refers to outlives it.
class Leasable {
 public:
  Leasable(const QueueState& queue, LimitMeter& limits, SteadyTime now) : queue_{queue}, limits_{limits}, now_{now} {}

  /// Jobs of every class may be.
  [[nodiscard]] bool all() const { return queue_.job_holds.empty() && !limits_.limits_classes(); }
  /// No hold on jobs covers it, and no limit is used up.
  [[nodiscard]] bool has(const JobClass& jobs) const {
    return all() || (queue_.job_hold_on(jobs) == nullptr && limits_.allows(jobs, now_));
  }
  /// RUNNING lanes started behind this are under no hold on campaigns.
  [[nodiscard]] Ordinal newest_hold() const { return queue_.newest_hold(); }

 private:
  const QueueState& queue_;
  LimitMeter& limits_;
  SteadyTime now_;
};

/// How often in a row it is a lane's turn: as often as its weight says, in each round. Only in memory; a round that was
/// begun before a restart begins anew.
class Round {
 public:
  /// Behind which place to look for the next turn: TurnOrder::next() gives the same lane again while it has turns left.
  [[nodiscard]] Ordinal behind() const { return turns_left_ > 0 ? last_ - 1 : last_; }
  /// It is the turn of the lane at this place, of this weight.
  void take(Ordinal turn, std::uint32_t weight) {
    const bool goes_on = turns_left_ > 0 && turn == last_;
    turns_left_ = std::min(goes_on ? turns_left_ - 1 : weight - 1, weight - 1);  // the weight may be a smaller one now
    last_ = turn;
  }
  /// The lane had no job to give: it is the next lane's turn.
  void end_turn() { turns_left_ = 0; }

 private:
  Ordinal last_ = 0;  ///< turns start at 1
  std::uint32_t turns_left_ = 0;
};

/// The rounds of leases, by the job types that they ask for: workers of other types do not move a lane's turn. Only in
/// memory.
class Rounds {
 public:
  /// Lives until the next call.
  [[nodiscard]] Round& of(const std::vector<std::string>& types) {
    if (types.empty()) return any_;
    if (by_types_.size() >= rounds_max && !by_types_.contains(types)) by_types_.clear();
    return by_types_[types];
  }

 private:
  static constexpr std::size_t rounds_max = 1'000;  ///< more kinds of workers than anybody has: all begin anew then

  Round any_;
  std::map<std::vector<std::string>, Round> by_types_;
};

/// Lanes that are RUNNING and have ready jobs, in order of their start, for round-robin. One thread at a time.
class TurnOrder {
 public:
  /// Makes the table say that `lane`, with the place `turn`, has ready jobs of these classes; none: it has no turn.
  void list(const LaneId& lane, Ordinal turn, const std::vector<ClassCount>& classes);
  void list(const LaneId& lane, Ordinal turn, std::vector<JobClass> classes);

  struct Turn {
    Ordinal turn = 0;
    LaneId lane;
  };
  /// The lane that is served next, behind the one whose turn was `last` and round again: one that has a job of one of
  /// `types` (empty: any) that may be leased, and that was started behind the newest hold on campaigns. Looks at the
  /// lists of the classes that are wanted; at one list when that is all.
  [[nodiscard]] std::optional<Turn> next(Ordinal last, const Leasable& leasable,
                                         const std::vector<std::string>& types) const;

  /// The job types of the listed classes of this service, some of them more than once.
  [[nodiscard]] std::vector<std::string> types_of(const std::string& service) const;

  void clear();

 private:
  struct Listed {
    Ordinal turn = 0;
    std::vector<JobClass> classes;
  };
  using Ring = std::map<Ordinal, LaneId>;
  void unlist(const Listed& listed);
  /// A lane that keeps its turn has ready jobs of these classes now.
  void change(Listed& listed, const LaneId& lane, const std::vector<ClassCount>& classes);
  void drop_class(Listed& listed, std::size_t place);
  void drop_turn(const JobClass& jobs, Ordinal turn);
  [[nodiscard]] std::optional<Turn> first_behind(Ordinal after, const Leasable& leasable,
                                                 const std::vector<std::string>& types) const;

  std::unordered_map<LaneId, Listed> listed_;
  Ring any_;
  std::map<JobClass, Ring> by_class_;
};

}  // namespace breakerd
