#pragma once
// Whose turn it is: within a campaign the job of the greatest priority, and of these the oldest, that waits and whose
// time has come; between campaigns each in its turn, so that one
// with many jobs does not starve one with few. Jobs of no campaign are like those of one more.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tests/simulation/promises/deadlines.hpp"
#include "tests/simulation/promises/history.hpp"
#include "tests/simulation/promises/job_holds.hpp"
#include "tests/simulation/promises/leases.hpp"
#include "tests/simulation/promises/limits.hpp"
#include "tests/simulation/promises/plans.hpp"
#include "tests/simulation/promises/times.hpp"

namespace breakerd::simulation {

/// What may keep a job back, though it is ready.
struct KeptBack {
  const JobHolds& holds;
  const Limits& limits;
  const Deadlines& deadlines;
  const Plans& plans;

  /// The job was free to be leased since event `known`, or before.
  bool is_free(std::uint64_t job, std::uint64_t known) const {
    return holds.free_since(job) <= known && plans.free_since(job) <= known && !limits.may_keep_back(job) &&
           !deadlines.may_be_over(job);
  }
};

class Turns {
 public:
  using Complain = std::function<void(std::string)>;
  explicit Turns(Complain complain) : complain_{std::move(complain)} {}

  /// A JobLeased comes next; `history` is what stands before it. `grant`: the call that was given the lease; nullopt:
  /// not known. All up to event `known` was in the log when that call began.
  void leased(const nlohmann::json& event, const std::optional<Grant>& grant, std::uint64_t known,
              const History& history, const KeptBack& back);
  /// `history` has taken the event.
  void take(const nlohmann::json& event, const History& history, const Times& times);

 private:
  struct Known {
    std::string job_type;
    std::int64_t priority = 0;
  };
  struct Waiting {
    Known job;
    std::uint64_t since = 0;  ///< the event
  };
  /// The jobs of one campaign that wait, by id.
  using Lane = std::map<std::uint64_t, Waiting>;

  void sort(std::uint64_t job, std::uint64_t seq, const History& history, const Times& times);
  void check_order(std::uint64_t job, const Grant& grant, const Lane& lane, std::uint64_t known, const KeptBack& back);
  void check_share(const std::string& campaign, const Grant& grant, std::uint64_t known, const History& history,
                   const KeptBack& back);

  Complain complain_;
  std::string at_;                                   ///< the event at hand, for sentences
  std::map<std::string, Lane> lanes_;                // by campaign
  std::map<std::uint64_t, Known> known_;             // by job
  std::map<std::string, std::uint64_t> runs_since_;  // by campaign: the last event that let it hand out jobs
  std::uint64_t call_ = 0;                           // whose lease came last
  std::string campaign_;                             // likewise
  std::size_t in_a_row_ = 0;                         // so many jobs of that campaign, for that call
  std::size_t most_ = 0;                             // so many it may be
};

}  // namespace breakerd::simulation
