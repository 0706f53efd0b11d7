// Limits on leases, and the ready jobs of their names (views.hpp).

#include <map>

#include <breakerd/events/rules/lease_limits.hpp>
#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

using Waiting = std::map<LimitName, std::uint64_t>;

/// Of the names that are in `waiting`.
void count_waiting(const LaneId& id, const LaneRow& lane, Waiting& waiting) {
  const auto add = [&](LimitName name, std::uint64_t jobs) {
    if (const auto at = waiting.find(name); at != waiting.end()) at->second += jobs;
  };
  std::uint64_t all = 0;
  for (const ClassCount& one : lane.classes) {
    all += one.ready;
    add({LimitKind::service, one.of.service}, one.ready);
    add({LimitKind::job_type, one.of.job_type}, one.ready);
  }
  if (!id.is_nil()) add(limit_of(id), all);
}

}  // namespace

Result<LimitsView> list_limits(const ReadView& view, std::size_t lanes_max) {
  auto limits = read_limits(view);
  if (!limits) return limits.error();
  LimitsView all;
  if (limits->empty()) return all;
  Waiting waiting;
  for (const LeaseLimit& limit : *limits) waiting[limit.of] = 0;
  const auto default_lane = read_row<LaneRow>(view, Table::lanes, uuid_key(LaneId{}));
  if (!default_lane) return default_lane.error();
  if (*default_lane) count_waiting(LaneId{}, **default_lane, waiting);
  Result<void> outcome;
  std::size_t lanes = 0;
  auto scanned = view.scan(Table::open_lanes, {}, {}, [&](std::string_view key, std::string_view) {
    if (lanes++ == lanes_max) return all.is_partial = true, false;
    auto lane = read_known_row<LaneRow>(view, Table::lanes, key.substr(8));
    if (!lane) return outcome = lane.error(), false;
    count_waiting(read_uuid(key.substr(8)), *lane, waiting);
    return true;
  });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  for (LeaseLimit& limit : *limits) {
    const std::uint64_t jobs = waiting.at(limit.of);
    all.limits.push_back({std::move(limit), {}, jobs});
  }
  return all;
}

Result<LeaseLimitView> read_limit(const ReadView& view, const LimitName& name) {
  auto all = list_limits(view);
  if (!all) return all.error();
  for (LeaseLimitView& one : all->limits)
    if (one.limit.of == name) return std::move(one);
  return no_limit(name);
}

}  // namespace breakerd
