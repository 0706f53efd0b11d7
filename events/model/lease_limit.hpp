#pragma once
// A limit on leases: how many jobs of a service, of a campaign or of a job type workers may hold at a time, and how
// many of them are leased in a second. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/time.hpp>

namespace breakerd {

/// What the name of a limit is a name of. The numbers are stored.
enum class LimitKind : std::uint8_t { service = 0, campaign = 1, job_type = 2 };
inline constexpr std::size_t limit_kinds = 3;

/// "service", "campaign", "job_type".
[[nodiscard]] std::string_view to_string(LimitKind kind);
[[nodiscard]] std::optional<LimitKind> parse_limit_kind(std::string_view text);

/// There is one limit at most of each name.
struct LimitName {
  LimitKind kind = LimitKind::service;
  std::string name;  ///< of a campaign: its id as text

  friend auto operator<=>(const LimitName&, const LimitName&) = default;
};

[[nodiscard]] LimitName limit_of(const CampaignId& campaign);

struct LeaseLimit {
  LimitName of;
  std::uint32_t concurrency = 0;       ///< leases at a time; 0: any number
  std::uint64_t rate_thousandths = 0;  ///< leases in 1,000 seconds, so 1 is 0.001 per second; 0: any number
  std::uint32_t burst = 0;             ///< leases that may come at once when none came before; 0: there is no rate
  std::string reason;
  std::string principal;
  Time set_at{};

  friend bool operator==(const LeaseLimit&, const LeaseLimit&) = default;
};

/// "0.5" of 500: thousandths as a number in JSON.
[[nodiscard]] std::string decimal_text(std::uint64_t thousandths);

/// Sorted by name.
using LeaseLimits = std::vector<LeaseLimit>;

/// How much of a limit is used.
struct LimitUse {
  std::uint64_t in_flight = 0;
  Time free_at = no_time;  ///< when the rate lets the next job be leased, wall time; no_time: it does now
};

}  // namespace breakerd
