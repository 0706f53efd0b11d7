#include <breakerd/events/rules/limit_meter.hpp>

#include <algorithm>

#include <breakerd/events/rules/lease_limits.hpp>

namespace breakerd {
namespace {

using std::chrono::nanoseconds;

/// A token of a rate of `rate` leases in 1,000 seconds.
nanoseconds interval_of(std::uint64_t rate) {
  constexpr std::uint64_t thousand_seconds_ns = 1'000'000'000'000;
  return nanoseconds{static_cast<std::int64_t>(thousand_seconds_ns / rate)};
}

/// All tokens of the burst but one.
nanoseconds burst_of(const LeaseLimit& limit, nanoseconds interval) {
  return interval * static_cast<std::int64_t>(std::max(limit.burst, 1U) - 1);
}

}  // namespace

const LimitMeter::Meter* LimitMeter::find(const LimitName& name) const {
  if (name.kind == LimitKind::campaign) {
    const auto at = campaigns_.find(campaign_of(name));
    return at == campaigns_.end() ? nullptr : &at->second;
  }
  const ByName& names = of(name.kind);
  const auto at = names.find(name.name);
  return at == names.end() ? nullptr : &at->second;
}

LimitMeter::Meter* LimitMeter::find(const LimitName& name) {
  return const_cast<Meter*>(std::as_const(*this).find(name));
}

void LimitMeter::set(const LeaseLimit& limit, std::uint64_t in_flight, SteadyTime now, Bucket bucket) {
  Meter* known = find(limit.of);
  const bool is_new = known == nullptr;
  if (is_new) {
    ++count_;
    known =
        limit.of.kind == LimitKind::campaign ? &campaigns_[campaign_of(limit.of)] : &of(limit.of.kind)[limit.of.name];
    known->name = limit.of;
  }
  Meter& meter = *known;
  if (meter.denied) {
    forget(meter);
    freed_.push_back(meter.name);
  }
  const bool had_rate = meter.interval.count() != 0;
  const nanoseconds taken = std::max(nanoseconds{meter.full_at - now}, nanoseconds{0});
  const std::int64_t tokens_taken = had_rate ? (taken + meter.interval - nanoseconds{1}) / meter.interval : 0;
  meter.concurrency = limit.concurrency;
  meter.in_flight = in_flight;
  meter.interval = limit.rate_thousandths == 0 ? nanoseconds{0} : interval_of(limit.rate_thousandths);
  meter.burst = limit.rate_thousandths == 0 ? nanoseconds{0} : burst_of(limit, meter.interval);
  const nanoseconds whole = meter.burst + meter.interval;
  const bool is_empty = !had_rate && bucket == Bucket::empty;
  meter.full_at = now + (is_empty ? whole : std::min(whole, meter.interval * tokens_taken));
  changed(meter);
}

void LimitMeter::forget(Meter& meter) {
  by_rate_.erase({meter.free_at(), meter.name});
  meter.denied = false;
}

void LimitMeter::remove(const LimitName& name) {
  Meter* meter = find(name);
  if (meter == nullptr) return;
  if (meter->denied) {
    std::erase_if(by_rate_, [&](const auto& one) { return one.second == name; });
    freed_.push_back(name);
  }
  changed(*meter);
  --count_;
  if (name.kind == LimitKind::campaign)
    campaigns_.erase(campaign_of(name));
  else
    of(name.kind).erase(name.name);
}

void LimitMeter::restart(const LeaseLimits& limits, SteadyTime now, Bucket bucket) {
  LimitMeter before = std::exchange(*this, {});
  for (const LeaseLimit& limit : limits) {
    set(limit, 0, now, bucket);
    const Meter* known = before.find(limit.of);
    if (known == nullptr || known->interval.count() == 0 || limit.rate_thousandths == 0) continue;
    Meter& meter = *find(limit.of);
    meter.full_at = std::min(known->full_at, now + meter.burst + meter.interval);
  }
  for (const ByName& names : before.names_)
    for (const auto& [name, meter] : names) changed_.push_back(meter.name);
  for (const auto& [campaign, meter] : before.campaigns_) changed_.push_back(meter.name);
}

void LimitMeter::each(const JobClass& jobs, const CampaignId& campaign, auto visit) {
  if (count_ == 0) return;
  if (!jobs.service.empty())
    if (const auto at = of(LimitKind::service).find(jobs.service); at != of(LimitKind::service).end())
      visit(at->second);
  if (const auto at = of(LimitKind::job_type).find(jobs.job_type); at != of(LimitKind::job_type).end())
    visit(at->second);
  if (campaigns_.empty()) return;
  if (const auto at = campaigns_.find(campaign); at != campaigns_.end()) visit(at->second);
}

bool LimitMeter::allows(Meter& meter, SteadyTime now) {
  const bool has_room = meter.has_room();
  if (has_room && meter.free_at() <= now) return true;
  if (!std::exchange(meter.denied, true) && has_room) by_rate_.emplace(meter.free_at(), meter.name);
  return false;
}

bool LimitMeter::allows(const JobClass& jobs, SteadyTime now) {
  bool allowed = true;
  each(jobs, CampaignId{}, [&](Meter& meter) { allowed = allowed && allows(meter, now); });
  return allowed;
}

bool LimitMeter::allows(const CampaignId& campaign, SteadyTime now) {
  if (campaigns_.empty()) return true;
  const auto at = campaigns_.find(campaign);
  return at == campaigns_.end() || allows(at->second, now);
}

void LimitMeter::lease(const JobClass& jobs, const CampaignId& campaign, SteadyTime now) {
  each(jobs, campaign, [&](Meter& meter) {
    ++meter.in_flight;
    if (meter.interval.count() != 0) meter.full_at = std::max(meter.full_at, now - limit_grain) + meter.interval;
    changed(meter);
  });
}

void LimitMeter::count(const JobClass& jobs, const CampaignId& campaign) {
  each(jobs, campaign, [&](Meter& meter) {
    ++meter.in_flight;
    changed(meter);
  });
}

void LimitMeter::end(const JobClass& jobs, const CampaignId& campaign) {
  each(jobs, campaign, [&](Meter& meter) {
    if (meter.in_flight > 0) --meter.in_flight;
    changed(meter);
    if (!meter.denied || !meter.has_room()) return;
    forget(meter);
    freed_.push_back(meter.name);
  });
}

std::vector<LimitName> LimitMeter::take_freed(SteadyTime now) {
  while (!by_rate_.empty() && by_rate_.begin()->first <= now) {
    freed_.push_back(by_rate_.begin()->second);
    by_rate_.erase(by_rate_.begin());
    if (Meter* meter = find(freed_.back())) meter->denied = false;
  }
  return std::exchange(freed_, {});
}

std::optional<SteadyTime> LimitMeter::next_freed() const {
  if (by_rate_.empty()) return std::nullopt;
  return by_rate_.begin()->first;
}

void LimitMeter::changed(Meter& meter) {
  if (!std::exchange(meter.changed, true)) changed_.push_back(meter.name);
}

std::vector<LimitName> LimitMeter::take_changed() {
  for (const LimitName& name : changed_)
    if (Meter* meter = find(name)) meter->changed = false;
  return std::exchange(changed_, {});
}

std::optional<LimitMeter::Use> LimitMeter::use(const LimitName& name) const {
  const Meter* meter = find(name);
  if (meter == nullptr) return std::nullopt;
  return Use{meter->in_flight, meter->free_at()};
}

}  // namespace breakerd
