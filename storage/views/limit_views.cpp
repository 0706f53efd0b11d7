// Limits on leases, and the ready jobs of their names (views.hpp).

#include <map>

#include <breakerd/events/rules/lease_limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

using Waiting = std::map<LimitName, std::uint64_t>;

/// Of the names that are in `waiting`.
void count_waiting(const LaneRow& lane, Waiting& waiting) {
  const auto add = [&](LimitName name, std::uint64_t jobs) {
    if (const auto at = waiting.find(name); at != waiting.end()) at->second += jobs;
  };
  for (const ClassCount& one : lane.classes) {
    add({LimitKind::service, one.of.service}, one.ready);
    add({LimitKind::job_type, one.of.job_type}, one.ready);
  }
}

/// In the lane of no campaign and in the first `lanes_max` of campaigns. True when there are more.
Result<bool> count_in_lanes(const ReadView& view, std::size_t lanes_max, Waiting& waiting) {
  const auto default_lane = read_row<LaneRow>(view, Table::lanes, uuid_key(LaneId{}));
  if (!default_lane) return default_lane.error();
  if (*default_lane) count_waiting(**default_lane, waiting);
  Result<void> outcome;
  std::size_t lanes = 0;
  auto scanned = view.scan(Table::open_lanes, {}, {}, [&](std::string_view key, std::string_view) {
    if (lanes++ == lanes_max) return false;
    auto lane = read_known_row<LaneRow>(view, Table::lanes, key.substr(8));
    if (!lane) return outcome = lane.error(), false;
    count_waiting(*lane, waiting);
    return true;
  });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  return lanes > lanes_max;
}

/// Ready jobs of a campaign that runs.
Result<std::uint64_t> count_in_campaign(const ReadView& view, const LimitName& name) {
  const auto lane = read_known_row<LaneRow>(view, Table::lanes, uuid_key(campaign_of(name)));
  if (!lane) return lane.error();
  std::uint64_t jobs = 0;
  if (lane->status == CampaignStatus::running)
    for (const ClassCount& one : lane->classes) jobs += one.ready;
  return jobs;
}

/// Of these limits, with the jobs that wait for them.
Result<LimitsView> count_for(const ReadView& view, LeaseLimits limits, std::size_t lanes_max) {
  LimitsView all;
  Waiting waiting;
  for (const LeaseLimit& limit : limits)
    if (limit.of.kind != LimitKind::campaign) waiting[limit.of] = 0;
  if (!waiting.empty()) {
    auto is_partial = count_in_lanes(view, lanes_max, waiting);
    if (!is_partial) return is_partial.error();
    all.is_partial = *is_partial;
  }
  for (LeaseLimit& limit : limits) {
    auto jobs = limit.of.kind == LimitKind::campaign ? count_in_campaign(view, limit.of)
                                                     : Result<std::uint64_t>{waiting.at(limit.of)};
    if (!jobs) return jobs.error();
    all.limits.push_back({std::move(limit), {}, *jobs});
  }
  return all;
}

}  // namespace

Result<LimitsView> list_limits(const ReadView& view, std::size_t lanes_max) {
  auto limits = read_limits(view);
  if (!limits) return limits.error();
  return count_for(view, std::move(*limits), lanes_max);
}

Result<LeaseLimitView> read_limit(const ReadView& view, const LimitName& name) {
  const auto limits = read_limits(view);
  if (!limits) return limits.error();
  const LeaseLimit* limit = find_limit(*limits, name);
  if (limit == nullptr) return no_limit(name);
  auto one = count_for(view, {*limit}, std::numeric_limits<std::size_t>::max());
  if (!one) return one.error();
  return std::move(one->limits.front());
}

}  // namespace breakerd
