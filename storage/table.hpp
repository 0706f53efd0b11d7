#pragma once
// Where things are kept: the tables of the log and of its projection, and how their keys are made. Keys sort; numbers
// in them are big-endian. docs/event-log.md describes the same for people.

#include <string>
#include <string_view>

#include "events/binary.hpp"
#include "events/ids.hpp"
#include "events/status.hpp"

namespace breakerd {

enum class Table : std::uint8_t {
  events = 1,      ///< seq -> hash (32 bytes), body
  control,         ///< seq -> nothing: the events that are not of a job's stream
  meta,            ///< name -> one of the global rows (see meta_key)
  jobs,            ///< job -> JobRow
  ready,           ///< lane, type, priority, job -> nothing: the pending jobs
  leases,          ///< lane, job -> nothing: the leased jobs
  campaigns,       ///< campaign -> CampaignRow
  campaign_jobs,   ///< campaign, job -> nothing
  campaign_index,  ///< status as kept, started, campaign -> nothing
  lanes,           ///< lane -> LaneRow
  open_lanes,      ///< started, lane -> types with pending jobs: RUNNING lanes with pending jobs
};
inline constexpr Table first_table = Table::events;
inline constexpr Table last_table = Table::open_lanes;

[[nodiscard]] std::string_view to_string(Table table);

/// Keys of the meta table.
namespace meta_key {
inline constexpr std::string_view format = "format";    ///< "1"
inline constexpr std::string_view head = "head";        ///< last seq and hash, and those of the checkpoint
inline constexpr std::string_view breaker = "breaker";  ///< BreakerState
inline constexpr std::string_view queue = "queue";      ///< QueueState without its holds
inline constexpr std::string_view holds = "holds";      ///< the living holds
}  // namespace meta_key

[[nodiscard]] inline std::string number_key(std::uint64_t number) {
  std::string key;
  append_big_endian(key, number);
  return key;
}

[[nodiscard]] inline std::string uuid_key(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

[[nodiscard]] Uuid read_uuid(std::string_view sixteen_bytes);

[[nodiscard]] inline std::string lane_job_key(const LaneId& lane, JobId job) {
  std::string key = uuid_key(lane);
  append_big_endian(key, job);
  return key;
}

/// All ready keys of one lane and type start with this.
[[nodiscard]] std::string ready_prefix(const LaneId& lane, std::string_view job_type);

/// Every job has this priority until there are priorities; smaller is earlier.
inline constexpr std::uint8_t normal_priority = 128;
[[nodiscard]] std::string ready_key(const LaneId& lane, std::string_view job_type, JobId job);

struct ReadyKey {
  LaneId lane;
  std::string_view job_type;
  JobId job = 0;
};
[[nodiscard]] ReadyKey read_ready_key(std::string_view key);

[[nodiscard]] std::string campaign_index_key(CampaignStatus status, Ordinal started, const CampaignId& campaign);
[[nodiscard]] std::string open_lane_key(Ordinal started, const LaneId& lane);

/// The smallest key behind all keys that start with `prefix`; empty when there is none.
[[nodiscard]] std::string after_prefix(std::string prefix);

}  // namespace breakerd
