#include <breakerd/storage/tables/row_name.hpp>

#include <breakerd/events/model/hex.hpp>
#include <breakerd/storage/tables/job_set.hpp>

namespace breakerd {
namespace {

/// A key for a person.
std::string describe(Table table, std::string_view key) {
  switch (table) {
    case Table::control:
    case Table::jobs:
    case Table::operation_order:
    case Table::job_commands:
    case Table::schedules:
      if (key.size() == 8) return std::to_string(read_big_endian(key));
      break;
    case Table::meta:
    case Table::unique_keys:
    case Table::job_types:
      return std::string{key};
    case Table::campaigns:
    case Table::lanes:
    case Table::operations:
      if (key.size() == 16) return read_uuid(key).to_string();
      break;
    case Table::leases:
    case Table::campaign_jobs:
      if (key.size() == 24) {
        const JobId first = JobSet::first_of(read_big_endian(key.substr(16)));
        return read_uuid(key).to_string() + ", jobs " + std::to_string(first) + " to " +
               std::to_string(first + JobSet::jobs - 1);
      }
      break;
    case Table::failed:
    case Table::parked:
      if (key.size() == 8) {
        const JobId first = JobSet::first_of(read_big_endian(key));
        return "jobs " + std::to_string(first) + " to " + std::to_string(first + JobSet::jobs - 1);
      }
      break;
    case Table::due:
      if (key.size() == 17) return "job " + std::to_string(read_big_endian(key.substr(9)));
      break;
    default:
      break;
  }
  return to_hex(reinterpret_cast<const std::uint8_t*>(key.data()), key.size());
}

}  // namespace

std::string row_name(Table table, std::string_view key) {
  return "the row of " + std::string{to_string(table)} + " for " + describe(table, key);
}

}  // namespace breakerd
