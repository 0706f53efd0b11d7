#pragma once
// Queue time, worked out from the log alone (docs/event-log.md, "Jobs that wait for their time"): it began as wall
// time, stands still while the queue is paused, and goes on from the last event that tells it.

#include <cstdint>
#include <nlohmann/json.hpp>

namespace breakerd::simulation {

class QueueClock {
 public:
  /// The next event of the log.
  void take(const nlohmann::json& event);
  /// In microseconds, when the wall clock says `wall_us`. No time has passed when that was set back since.
  std::int64_t at(std::int64_t wall_us) const;

 private:
  void tell(std::int64_t queue_us, std::int64_t wall_us);

  std::int64_t told_us_ = 0;  ///< by the last event that tells it
  std::int64_t told_at_us_ = 0;
  bool paused_ = false;
};

}  // namespace breakerd::simulation
