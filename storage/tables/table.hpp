#pragma once
// Where things are kept: the tables of the log and of its projection, and how their keys are made. Keys sort; numbers
// in them are big-endian. docs/event-log.md describes the same for people.

#include <limits>
#include <string>
#include <string_view>

#include <breakerd/events/codec/binary.hpp>
#include <breakerd/events/model/ids.hpp>
#include <breakerd/events/model/rows.hpp>
#include <breakerd/events/model/status.hpp>

namespace breakerd {

enum class Table : std::uint8_t {
  events = 1,            ///< seq -> hash (32 bytes), body
  control = 2,           ///< seq -> nothing: the events that are not of a job's stream
  meta = 3,              ///< name -> one of the global rows (see meta_key)
  jobs = 4,              ///< job -> JobRow
  single_ready = 5,      ///< of format 1: lane, type, priority, job -> nothing
  single_leases = 6,     ///< of format 1: lane, job -> nothing
  campaigns = 7,         ///< campaign -> CampaignRow
  single_campaign = 8,   ///< of format 1: campaign, job -> nothing
  campaign_index = 9,    ///< status as kept, started, campaign -> nothing
  lanes = 10,            ///< lane -> LaneRow
  open_lanes = 11,       ///< started, lane -> classes with ready jobs: RUNNING lanes with ready jobs
  ready = 12,            ///< lane, class, priority, set -> JobSet: the ready jobs
  leases = 13,           ///< lane, set -> JobSet: the leased jobs
  campaign_jobs = 14,    ///< campaign, set -> JobSet: all its jobs
  operations = 15,       ///< operation -> OperationRow: the last operations_kept of them
  operation_order = 16,  ///< number, from 1 -> operation
  payloads = 17,         ///< seq -> salt (16 bytes), payload: of the events that have one (payload_row.hpp)
  due = 18,              ///< clock, time, job -> nothing: the jobs that wait for their time; and those with a deadline
  failed = 19,           ///< set -> JobSet: the FAILED and the EXPIRED jobs
  job_commands = 20,     ///< number -> JobCommandRow
  unique_keys = 21,      ///< unique key -> number of the job that holds it
  job_types = 22,        ///< job type -> JobTypeRow: those that have settings
  schedules = 23,        ///< number -> ScheduleRow
  parked = 24,           ///< set -> JobSet: the parked jobs; those of campaigns that were cut since, too
};
inline constexpr Table first_table = Table::events;
inline constexpr Table last_table = Table::parked;

[[nodiscard]] std::string_view to_string(Table table);

/// Written once and never made anew: the log, and the payloads beside it. All other tables follow from the events.
[[nodiscard]] inline bool is_record(Table table) { return table == Table::events || table == Table::payloads; }

/// An index of jobs, of today's or of format 1. A lane comes first in its keys.
[[nodiscard]] bool is_job_index(Table table);

/// Keys of the meta table.
namespace meta_key {
inline constexpr std::string_view format = "format";    ///< of the rows (row_format.hpp)
inline constexpr std::string_view head = "head";        ///< last seq and hash, and those of the checkpoint
inline constexpr std::string_view breaker = "breaker";  ///< BreakerState
inline constexpr std::string_view queue = "queue";      ///< QueueState without its holds
inline constexpr std::string_view holds = "holds";      ///< the living holds
inline constexpr std::string_view limits = "limits";    ///< LeaseLimits; not there before the first one is set
}  // namespace meta_key

[[nodiscard]] inline std::string number_key(std::uint64_t number) {
  std::string key;
  append_big_endian(key, number);
  return key;
}

inline constexpr std::uint64_t no_number = std::numeric_limits<std::uint64_t>::max();
/// The first number whose key is not before `key`, which may be any bytes; no_number when there is none.
[[nodiscard]] std::uint64_t first_number_from(std::string_view key);

[[nodiscard]] inline std::string uuid_key(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

[[nodiscard]] Uuid read_uuid(std::string_view sixteen_bytes);

/// The key of the set of leases, or of a campaign's jobs, that `job` may be in.
[[nodiscard]] std::string lane_set_key(const LaneId& lane, JobId job);

/// The keys of all sets of ready jobs of one lane and class: this, a byte for the priority and the set's number.
[[nodiscard]] std::string ready_prefix(const LaneId& lane, std::string_view job_type, std::string_view service);
/// The key of the set of ready jobs that this one may be in.
[[nodiscard]] std::string ready_set_key(const JobRow& row);

/// The key of the set of FAILED and EXPIRED jobs, or of parked ones, that `job` may be in.
[[nodiscard]] std::string set_key(JobId job);

/// When the index has the deadline of a job.
[[nodiscard]] inline Due due_of(const Deadline& deadline) {
  return {deadline.at, deadline.is_held ? DueClock::held : DueClock::deadline};
}

/// The key of a job that waits for its time, or of its deadline.
[[nodiscard]] std::string due_key(const Due& due, JobId job);

[[nodiscard]] std::string campaign_index_key(CampaignStatus status, Ordinal started, const CampaignId& campaign);
[[nodiscard]] std::string open_lane_key(Ordinal started, const LaneId& lane);

/// The smallest key behind all keys that start with `prefix`; empty when there is none.
[[nodiscard]] std::string after_prefix(std::string prefix);

}  // namespace breakerd
