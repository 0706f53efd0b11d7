#pragma once
// Whose turn it is when jobs are leased: a rule, and what has to be remembered for it. Pure.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/rows.hpp>

namespace breakerd {

/// The types of which there are ready jobs, sorted.
[[nodiscard]] std::vector<std::string> ready_types(const std::vector<ClassCount>& classes);

/// The place of the jobs of no campaign in the order of turns: behind all campaigns, and under no hold.
inline constexpr Ordinal default_lane_turn = std::numeric_limits<Ordinal>::max();

/// How many jobs in a row a lane gives to one lease before it is the next lane's turn.
inline constexpr std::size_t jobs_per_turn = 16;

/// How often in a row it is a lane's turn: as often as its weight says, in each round. Only in memory; a round that was
/// begun before a restart begins anew.
class Round {
 public:
  /// Behind which place to look for the next turn: TurnOrder::next() gives the same lane again while it has turns left.
  [[nodiscard]] Ordinal behind() const { return turns_left_ > 0 ? last_ - 1 : last_; }
  /// It is the turn of the lane at this place, of this weight.
  void take(Ordinal turn, std::uint32_t weight) {
    const bool goes_on = turns_left_ > 0 && turn == last_;
    turns_left_ = goes_on ? turns_left_ - 1 : weight - 1;
    last_ = turn;
  }
  /// The lane had no job to give: it is the next lane's turn.
  void end_turn() { turns_left_ = 0; }

 private:
  Ordinal last_ = 0;  ///< turns start at 1
  std::uint32_t turns_left_ = 0;
};

/// Lanes that are RUNNING and have ready jobs, in order of their start, for round-robin. One thread at a time.
class TurnOrder {
 public:
  /// Makes the table say that `lane`, with the place `turn`, has ready jobs of these types; none: it has no turn.
  void list(const LaneId& lane, Ordinal turn, const std::vector<ClassCount>& classes);
  void list(const LaneId& lane, Ordinal turn, std::vector<std::string> types);

  struct Turn {
    Ordinal turn = 0;
    LaneId lane;
  };
  /// The lane that is served next, behind the one whose turn was `last` and round again: one that has a job of one of
  /// `types` (empty: any), and that no hold covers, which is to say that it was started behind `newest_hold`.
  [[nodiscard]] std::optional<Turn> next(Ordinal last, Ordinal newest_hold,
                                         const std::vector<std::string>& types) const;

  void clear();

 private:
  struct Listed {
    Ordinal turn = 0;
    std::vector<std::string> types;
  };
  using Ring = std::map<Ordinal, LaneId>;
  void unlist(const Listed& listed);
  [[nodiscard]] std::optional<Turn> first_behind(Ordinal after, const std::vector<std::string>& types) const;

  std::unordered_map<LaneId, Listed> listed_;
  Ring any_;
  std::unordered_map<std::string, Ring> by_type_;
};

}  // namespace breakerd
