#include <breakerd/events/rules/lease_limits.hpp>

#include <algorithm>

#include <breakerd/events/model/limits.hpp>

namespace breakerd {
namespace {

auto place_of(auto& limits, const LimitName& name) {
  return std::lower_bound(limits.begin(), limits.end(), name,
                          [](const LeaseLimit& limit, const LimitName& wanted) { return limit.of < wanted; });
}

}  // namespace

CampaignId campaign_of(const LimitName& name) {
  return name.kind == LimitKind::campaign ? Uuid::parse(name.name).value_or(CampaignId{}) : CampaignId{};
}

const LeaseLimit* find_limit(const LeaseLimits& limits, const LimitName& name) {
  const auto at = place_of(limits, name);
  return at == limits.end() || at->of != name ? nullptr : &*at;
}

Error no_limit(const LimitName& name) {
  return make_error(ErrorCode::not_found,
                    "limit on " + std::string{to_string(name.kind)} + " \"" + name.name + "\" not found");
}

std::uint32_t burst_of(std::uint64_t rate_thousandths) {
  return static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (rate_thousandths + 999) / 1'000));
}

Result<std::optional<LeaseLimitSet>> decide(const LeaseLimits& limits, const SetLeaseLimit& command) {
  LeaseLimitSet event{command.of.kind, command.of.name, 0, command.rate_thousandths.value_or(0), 0, command.reason};
  event.concurrency = static_cast<std::uint32_t>(command.concurrency.value_or(0));
  if (event.rate_thousandths != 0)
    event.burst = static_cast<std::uint32_t>(command.burst.value_or(burst_of(event.rate_thousandths)));
  const LeaseLimit* now = find_limit(limits, command.of);
  if (now == nullptr && limits.size() >= limits::lease_limits_max)
    return make_error(ErrorCode::limit, "lease_limits_max: no more than " + std::to_string(limits::lease_limits_max) +
                                            " limits can be there at a time; remove one first");
  const bool is_same = now != nullptr && now->concurrency == event.concurrency &&
                       now->rate_thousandths == event.rate_thousandths && now->burst == event.burst;
  if (is_same) return std::optional<LeaseLimitSet>{};
  return std::optional{std::move(event)};
}

Result<LeaseLimitRemoved> decide(const LeaseLimits& limits, const RemoveLeaseLimit& command) {
  if (find_limit(limits, command.of) == nullptr) return no_limit(command.of);
  return LeaseLimitRemoved{command.of.kind, command.of.name, command.reason};
}

bool fits(const LeaseLimits& limits, const LeaseLimitSet& event) {
  const bool limits_something = event.concurrency != 0 || event.rate_thousandths != 0;
  return !event.name.empty() && limits_something && (event.rate_thousandths != 0) == (event.burst != 0) &&
         (limits.size() < limits::lease_limits_max || find_limit(limits, {event.kind, event.name}) != nullptr);
}

bool fits(const LeaseLimits& limits, const LeaseLimitRemoved& event) {
  return find_limit(limits, {event.kind, event.name}) != nullptr;
}

void evolve(LeaseLimits& limits, const LeaseLimitSet& event, const std::string& principal, Time time) {
  LeaseLimit limit{
      {event.kind, event.name}, event.concurrency, event.rate_thousandths, event.burst, event.reason, principal, time};
  const auto at = place_of(limits, limit.of);
  if (at != limits.end() && at->of == limit.of)
    *at = std::move(limit);
  else
    limits.insert(at, std::move(limit));
}

void evolve(LeaseLimits& limits, const LeaseLimitRemoved& event) {
  const auto at = place_of(limits, {event.kind, event.name});
  if (at != limits.end() && at->of == LimitName{event.kind, event.name}) limits.erase(at);
}

}  // namespace breakerd
