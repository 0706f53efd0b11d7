// Holds on jobs, and what they hold back (views.hpp).

#include <breakerd/storage/tables/row_read.hpp>
#include <breakerd/storage/views/views.hpp>

namespace breakerd {
namespace {

void count_waiting(const LaneId& id, const LaneRow& lane, std::vector<JobHoldView>& holds) {
  for (const ClassCount& one : lane.classes)
    for (JobHoldView& view : holds)
      if (view.hold.covers(one.of, id)) *view.waiting += one.ready;
}

}  // namespace

Result<std::vector<JobHoldView>> list_job_holds(const ReadView& view) {
  auto queue = read_queue(view);
  if (!queue) return queue.error();
  std::vector<JobHoldView> holds;
  for (JobHold& hold : queue->job_holds) holds.push_back({std::move(hold), false, std::uint64_t{0}});
  if (holds.empty()) return holds;
  const auto default_lane = read_row<LaneRow>(view, Table::lanes, uuid_key(LaneId{}));
  if (!default_lane) return default_lane.error();
  if (*default_lane) count_waiting(LaneId{}, **default_lane, holds);
  Result<void> outcome;
  auto scanned = view.scan(Table::open_lanes, {}, {}, [&](std::string_view key, std::string_view) {
    auto lane = read_known_row<LaneRow>(view, Table::lanes, key.substr(8));
    if (!lane) return outcome = lane.error(), false;
    count_waiting(read_uuid(key.substr(8)), *lane, holds);
    return true;
  });
  if (!scanned) return scanned.error();
  if (!outcome) return outcome.error();
  return holds;
}

}  // namespace breakerd
