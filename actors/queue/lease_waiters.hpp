#pragma once
// The leases that wait for jobs, in order of arrival, and found by the types that they ask for. No actor, no clock.

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <breakerd/actors/base/command_batch.hpp>
#include <breakerd/actors/base/lease_times.hpp>
#include <breakerd/actors/base/ready_types.hpp>
#include <breakerd/events/model/clock.hpp>

namespace breakerd {

class LeaseWaiters {
 public:
  /// `shown` is told whose leases wait, and outlives this.
  explicit LeaseWaiters(LeaseTimes& shown) : shown_{&shown} {}

  /// `batch` has one op, a LeaseJobs, and is not here yet. `now` is wall time.
  void add(CommandBatchPtr batch, SteadyTime until, Time now);

  /// The wait of `batch` is over at `now`, if that is not over before; nothing when it is not here.
  void end(const CommandBatchPtr& batch, SteadyTime now);
  void end_all(SteadyTime now);

  /// Those whose wait ends by `now`, and at most so many. They are not kept any more. Of one moment in order of
  /// arrival.
  [[nodiscard]] std::vector<CommandBatchPtr> take_due(SteadyTime now, std::size_t most);
  /// When the next wait ends; nothing: nobody waits.
  [[nodiscard]] std::optional<SteadyTime> next_due() const;

  /// Nobody is kept any more. Those that nobody has a hand on answer as they are dropped.
  void clear();
  [[nodiscard]] std::size_t size() const { return waiters_.size(); }
  [[nodiscard]] bool empty() const { return waiters_.empty(); }

  /// What became of an offer.
  enum class Offered {
    taken,    ///< it is answered, and not kept any more
    nothing,  ///< there is no job for it, so that no other one of its types needs to be asked
    stop,     ///< it waits on, and so do all others
  };
  using Offer = std::function<Offered(const CommandBatchPtr&)>;
  /// Offers jobs of the `ready` types to those who may take them, in order of arrival, until nobody waits for them or
  /// there are none left. `offer` must not change this. False when it was stopped.
  bool offer(const ReadyTypes& ready, const Offer& offer);

 private:
  using Arrival = std::uint64_t;
  struct Waiter {
    CommandBatchPtr batch;
    SteadyTime until;

    [[nodiscard]] const LeaseJobs& command() const { return std::get<LeaseJobs>(batch->ops.front().command); }
    [[nodiscard]] const std::vector<std::string>& types() const { return command().job_types; }
  };
  using Line = std::set<Arrival>;

  void remove(Arrival arrival);
  void set_until(Arrival arrival, SteadyTime until);
  /// The line of a type; of those who take any when it is null.
  [[nodiscard]] const Line& line_of(const std::string* type) const;

  LeaseTimes* shown_;
  Arrival arrivals_ = 0;
  std::map<Arrival, Waiter> waiters_;
  Line any_;                                       ///< those who take jobs of any type
  std::unordered_map<std::string, Line> by_type_;  ///< none of them is empty
  std::set<std::pair<SteadyTime, Arrival>> due_;
  std::unordered_map<const CommandBatch*, Arrival> by_batch_;
};

}  // namespace breakerd
