#pragma once
// How much of each limit on leases is used: a rule, and what has to be remembered for it. Pure: times come in. One
// thread at a time.
//
// A rate is kept by the generic cell rate algorithm (ITU-T I.371), which is a token bucket in one number: the time at
// which the bucket would be full again. A lease moves it on by the time of one token, and is allowed while it lies no
// more than the bucket's size ahead.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <breakerd/events/model/clock.hpp>
#include <breakerd/events/model/job_hold.hpp>
#include <breakerd/events/model/lease_limit.hpp>

namespace breakerd {

/// How late a lease may come without losing its token. A lease that waits is woken a few milliseconds late. So the
/// bucket holds the tokens of this time on top of the burst, and the rate is reached.
inline constexpr std::chrono::milliseconds limit_grain{50};

class LimitMeter {
 public:
  /// What a bucket has at first. After a start of the process nobody knows what was leased just before.
  enum class Bucket : std::uint8_t { full, empty };

  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Whether there are limits on services or job types.
  [[nodiscard]] bool limits_classes() const {
    return !of(LimitKind::service).empty() || !of(LimitKind::job_type).empty();
  }
  [[nodiscard]] bool limits_campaigns() const { return !campaigns_.empty(); }
  [[nodiscard]] bool limits_campaign(const CampaignId& campaign) const { return campaigns_.contains(campaign); }

  /// A new limit, on `in_flight` leases that there are; or a new value for one that is known, whose bucket keeps what
  /// was taken out of it.
  void set(const LeaseLimit& limit, std::uint64_t in_flight, SteadyTime now, Bucket bucket = Bucket::full);
  void remove(const LimitName& name);
  /// Nothing is leased, and these are the limits there are. Those that were known keep their buckets.
  void restart(const LeaseLimits& limits, SteadyTime now, Bucket bucket);

  /// Whether one more may be leased. A limit that says no is remembered: see take_freed().
  [[nodiscard]] bool allows(const JobClass& jobs, SteadyTime now);
  [[nodiscard]] bool allows(const CampaignId& campaign, SteadyTime now);

  /// A job is leased now.
  void lease(const JobClass& jobs, const CampaignId& campaign, SteadyTime now);
  /// A lease that there was before.
  void count(const JobClass& jobs, const CampaignId& campaign);
  /// A lease has ended that lease() or count() was told of.
  void end(const JobClass& jobs, const CampaignId& campaign);

  /// Limits that said no, and may say yes now. Each once for each no.
  [[nodiscard]] std::vector<LimitName> take_freed(SteadyTime now);
  [[nodiscard]] bool has_freed() const { return !freed_.empty(); }
  /// When the next one is freed by its rate.
  [[nodiscard]] std::optional<SteadyTime> next_freed() const;

  struct Use {
    std::uint64_t in_flight = 0;
    SteadyTime free_at{};  ///< the rate allows the next lease from then on; the epoch: there is no rate
  };
  /// nullopt when there is no such limit.
  [[nodiscard]] std::optional<Use> use(const LimitName& name) const;
  /// Limits whose use has changed since the last call, each once.
  [[nodiscard]] std::vector<LimitName> take_changed();

  struct Meter {
    LimitName name;
    std::uint32_t concurrency = 0;
    std::chrono::nanoseconds interval{0};  ///< of one token; 0: no rate
    std::chrono::nanoseconds burst{0};     ///< of all tokens but one
    std::uint64_t in_flight = 0;
    SteadyTime full_at{};  ///< when the bucket would be full again
    bool denied = false;
    bool changed = false;

    [[nodiscard]] bool has_room() const { return concurrency == 0 || in_flight < concurrency; }
    [[nodiscard]] SteadyTime free_at() const { return interval.count() == 0 ? SteadyTime{} : full_at - burst; }
  };

 private:
  using ByName = std::map<std::string, Meter, std::less<>>;
  [[nodiscard]] ByName& of(LimitKind kind) { return names_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const ByName& of(LimitKind kind) const { return names_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const Meter* find(const LimitName& name) const;
  [[nodiscard]] Meter* find(const LimitName& name);
  [[nodiscard]] bool allows(Meter& meter, SteadyTime now);
  void changed(Meter& meter);
  void forget(Meter& meter);
  /// Calls `visit` with each meter that counts such a lease.
  void each(const JobClass& jobs, const CampaignId& campaign, auto visit);

  std::array<ByName, limit_kinds> names_;  ///< of services and job types; that of campaigns is empty
  std::unordered_map<CampaignId, Meter> campaigns_;
  std::size_t count_ = 0;
  std::set<std::pair<SteadyTime, LimitName>> by_rate_;  ///< denied by their rates, and when that is over
  std::vector<LimitName> freed_;                        ///< denied, and a lease has ended since
  std::vector<LimitName> changed_;
};

}  // namespace breakerd
