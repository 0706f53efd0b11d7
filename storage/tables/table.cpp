#include <breakerd/storage/tables/table.hpp>

#include <cstring>

#include <breakerd/storage/tables/job_set.hpp>
#include <breakerd/storage/tables/ready_place.hpp>

namespace breakerd {

std::string_view to_string(Table table) {
  switch (table) {
    case Table::events:
      return "events";
    case Table::control:
      return "control";
    case Table::meta:
      return "meta";
    case Table::jobs:
      return "jobs";
    case Table::single_ready:
      return "single_ready";
    case Table::single_leases:
      return "single_leases";
    case Table::campaigns:
      return "campaigns";
    case Table::single_campaign:
      return "single_campaign";
    case Table::campaign_index:
      return "campaign_index";
    case Table::lanes:
      return "lanes";
    case Table::open_lanes:
      return "open_lanes";
    case Table::ready:
      return "ready";
    case Table::leases:
      return "leases";
    case Table::campaign_jobs:
      return "campaign_jobs";
    case Table::operations:
      return "operations";
    case Table::operation_order:
      return "operation_order";
    case Table::payloads:
      return "payloads";
    case Table::due:
      return "due";
    case Table::failed:
      return "failed";
    case Table::job_commands:
      return "job_commands";
    case Table::unique_keys:
      return "unique_keys";
    case Table::job_types:
      return "job_types";
    case Table::schedules:
      return "schedules";
    case Table::parked:
      return "parked";
  }
  return "unknown";
}

bool is_job_index(Table table) {
  return table == Table::ready || table == Table::leases || table == Table::campaign_jobs ||
         table == Table::single_ready || table == Table::single_leases || table == Table::single_campaign;
}

std::uint64_t first_number_from(std::string_view key) {
  std::string whole{key.substr(0, sizeof(std::uint64_t))};
  whole.resize(sizeof(std::uint64_t), '\0');
  const std::uint64_t number = read_big_endian(whole);
  return key.size() > sizeof number && number < no_number ? number + 1 : number;
}

Uuid read_uuid(std::string_view sixteen_bytes) {
  Uuid id;
  std::memcpy(id.bytes.data(), sixteen_bytes.data(), id.bytes.size());
  return id;
}

std::string lane_set_key(const LaneId& lane, JobId job) {
  std::string key;
  key.reserve(16 + 8);
  key.append(reinterpret_cast<const char*>(lane.bytes.data()), lane.bytes.size());
  append_big_endian(key, JobSet::number_of(job));
  return key;
}

std::string ready_prefix(const LaneId& lane, std::string_view job_type, std::string_view service) {
  std::string key;
  key.reserve(16 + 2 + job_type.size() + 1 + service.size() + 1 + 8);
  key.append(reinterpret_cast<const char*>(lane.bytes.data()), lane.bytes.size());
  key += static_cast<char>(job_type.size() >> 8);
  key += static_cast<char>(job_type.size());
  key += job_type;
  key += static_cast<char>(service.size());
  key += service;
  return key;
}

std::string ready_set_key(const JobRow& row) {
  std::string key = ready_prefix(row.campaign, row.job_type, row.service);
  key += static_cast<char>(ReadyPlace::order_of(row.priority));
  append_big_endian(key, JobSet::number_of(row.id));
  return key;
}

std::string set_key(JobId job) { return number_key(JobSet::number_of(job)); }

std::string due_key(const Due& due, JobId job) {
  std::string key(1, static_cast<char>(due.clock));
  append_big_endian(key, static_cast<std::uint64_t>(due.at.time_since_epoch().count()));
  append_big_endian(key, job);
  return key;
}

std::string campaign_index_key(CampaignStatus status, Ordinal started, const CampaignId& campaign) {
  std::string key(1, static_cast<char>(status));
  return key += open_lane_key(started, campaign);
}

std::string open_lane_key(Ordinal started, const LaneId& lane) {
  std::string key = number_key(started);
  return key += uuid_key(lane);
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<std::uint8_t>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<std::uint8_t>(prefix.back()) + 1);
  return prefix;
}

}  // namespace breakerd
